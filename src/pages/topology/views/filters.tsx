import { isFiltering, NO_FILTERS } from '../model/filters.ts';
import { describeStatus, type Status, STATUSES } from '../model/status.ts';
import { totalCounts } from '../state/topology.ts';
import { filters, grouping, view } from '../state/view.ts';
import { formatCount } from '../model/words.ts';
import { StatusMark } from './icons.tsx';

const toggle = (status: Status): void => {
  const statuses = new Set(filters.value.statuses);
  if (!statuses.delete(status)) statuses.add(status);
  filters.value = { ...filters.value, statuses };
};

const StatusFilter = () => (
  <div class="chips" role="group" aria-label="Statuses to show">
    {STATUSES.filter((status) => totalCounts.value.has(status) || filters.value.statuses.has(status)).map(
      (status) => (
        <button
          key={status}
          type="button"
          class="chip"
          aria-pressed={filters.value.statuses.has(status)}
          onClick={() => toggle(status)}
        >
          <StatusMark status={status} />
          {describeStatus(status)} <b>{formatCount(totalCounts.value.get(status) ?? 0)}</b>
        </button>
      ),
    )}
  </div>
);

let timer: ReturnType<typeof setTimeout> | undefined;

/** Filters a moment after the last key, so that typing stays fluid with many rows. */
const setText = (name: 'search' | 'account' | 'address', value: string): void => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    filters.value = { ...filters.value, [name]: value.trim() };
  }, 150);
};

const TextFilter = ({
  name,
  label,
  hint,
}: {
  name: 'search' | 'account' | 'address';
  label: string;
  hint: string;
}) => (
  <label class={`field field-${name}`}>
    <span>{label}</span>
    <input
      type="search"
      placeholder={hint}
      value={filters.value[name]}
      onInput={(event) => setText(name, event.currentTarget.value)}
      autocomplete="off"
      spellcheck={false}
    />
  </label>
);

/** Whether the view shows connections. */
const isOfConnections = (): boolean => view.value === 'picture' || view.value === 'table';

/** What to show of the topology. */
export const Filters = () => (
  <search class="filters" aria-label="Filters">
    <TextFilter name="search" label="Search" hint="name, id or reason" />
    {isOfConnections() && <StatusFilter />}
    <TextFilter name="account" label="Account" hint="account id" />
    {isOfConnections() && <TextFilter name="address" label="Address" hint="10.20.0.1" />}
    {view.value === 'picture' && (
      <label class="field field-grouping">
        <span>Group by</span>
        <select
          value={grouping.value}
          onChange={(event) => {
            grouping.value = event.currentTarget.value === 'account' ? 'account' : 'status';
          }}
        >
          <option value="status">status</option>
          <option value="account">account</option>
        </select>
      </label>
    )}
    {isFiltering(filters.value) && (
      <button
        type="button"
        class="link clear"
        onClick={() => {
          filters.value = NO_FILTERS;
        }}
      >
        Clear filters
      </button>
    )}
  </search>
);
