import type { Reachable } from '../model/access.ts';
import { access } from '../state/access.ts';
import { knownAccounts } from '../state/accounts.ts';
import { parents } from '../state/topology.ts';
import { account, lookAt, scope } from '../state/view.ts';
import { formatCount } from '../model/words.ts';
import { Grid, type GridColumn } from './grid.tsx';
import { Query } from './query.tsx';

const COLUMNS: readonly GridColumn<Reachable>[] = [
  {
    name: 'parent',
    title: 'May reach',
    cell: ({ parentKey }) => (
      <bdi>{parents.value.get(parentKey)?.name ?? parentKey.slice(parentKey.lastIndexOf('/') + 1)}</bdi>
    ),
  },
  {
    name: 'kind',
    title: 'Kind',
    cell: ({ parentKey }) => (parentKey.startsWith('cluster/') ? 'cluster' : 'service'),
  },
  {
    name: 'because',
    title: 'Because of',
    cell: ({ reasons, isOpen }) => <bdi class={isOpen ? 'wildcard' : ''}>{reasons.join('; ')}</bdi>,
  },
  {
    name: 'count',
    title: 'Connections',
    cell: ({ connections }) => (connections === null ? 'not known' : formatCount(connections)),
  },
];

/** Asks for the account. It is read once the id is whole, since all whitelists are read for it. */
const AccountForm = () => (
  <form
    class="account"
    onSubmit={(event) => {
      event.preventDefault();
      account.value = ((new FormData(event.currentTarget).get('account') as string | null) ?? '').trim();
    }}
  >
    <label class="field">
      <span>Account id</span>
      <input
        key={account.value}
        name="account"
        list="accounts"
        defaultValue={account.value}
        placeholder="32 hexadecimal digits"
        required
        autocomplete="off"
        spellcheck={false}
      />
    </label>
    <datalist id="accounts">
      {knownAccounts.value.map((one) => (
        <option key={one} value={one} />
      ))}
    </datalist>
    <button type="submit" class="primary">
      Show
    </button>
  </form>
);

const Result = () => {
  const now = access.value;
  if (account.value === '' || !now || now.account !== account.value)
    return (
      <p class="nothing">
        {account.value === ''
          ? 'Give an account to see which clusters and services it may reach, and why.'
          : 'Reading all whitelists …'}
      </p>
    );
  const { rows, problem, isLoading, query, variables } = now;
  return (
    <>
      {problem && (
        <p class="problems" role="alert">
          {problem.message} <code>{problem.code}</code>
        </p>
      )}
      <Grid
        label="What the account may reach"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ parentKey }) => parentKey}
        isSelected={({ parentKey }) => scope.value === parentKey}
        onSelect={({ parentKey }) => lookAt(parentKey)}
      />
      {rows.length === 0 && !isLoading && !problem && (
        <p class="nothing">This account may reach none of the clusters and services.</p>
      )}
      <div class="foot">
        <p class="faint">
          {rows.length === 1 ? '1 cluster or service' : `${formatCount(rows.length)} clusters and services`}
        </p>
        <Query query={query} variables={variables} title="The query behind this view" />
      </div>
    </>
  );
};

/** What one account may reach, and why. */
export const Access = () => (
  <div class="table-view access">
    <AccountForm />
    <Result />
  </div>
);
