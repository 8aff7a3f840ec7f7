import { signal } from '@preact/signals';
import { isFiltering, NO_FILTERS } from '../model/filters.ts';
import { isOffline, signInProblem, stopWaiting, throttledUntil } from '../state/session.ts';
import {
  failedParents,
  gaps,
  parents,
  progress,
  refresh,
  refreshParent,
  truncatedParents,
} from '../state/topology.ts';
import { leftOut, unread } from '../state/rows.ts';
import { unreadableWhitelists, unreadWhitelists } from '../state/whitelists.ts';
import { access } from '../state/access.ts';
import { filters, lookAt, view } from '../state/view.ts';
import { formatCount, plural } from '../model/words.ts';
import { useEffect, useState } from 'preact/hooks';

/** Says that a view has nothing to show, and why. */
export const NothingHere = () => {
  // The line above says that it is being read.
  if (progress.value !== null && parents.value.size === 0) return null;
  if (parents.value.size === 0)
    return (
      <div class="nothing">
        {gaps.value.length > 0 || isOffline.value ? (
          <p>Nothing could be read.</p>
        ) : (
          <>
            <p>There is no cluster and no endpoint service.</p>
            <p>They appear here once the project has some, and you may see them.</p>
          </>
        )}
      </div>
    );
  return (
    <div class="nothing">
      <p>{isFiltering(filters.value) ? 'Nothing passes the filters.' : 'There is nothing to show.'}</p>
      {isFiltering(filters.value) && (
        <button
          type="button"
          onClick={() => {
            filters.value = NO_FILTERS;
          }}
        >
          Clear filters
        </button>
      )}
    </div>
  );
};

/** What is being read beside clusters and services, in words; null if nothing is. */
const describeReads = (): string | null => {
  if (unread.value > 0) return plural(unread.value, 'connection');
  if (unreadWhitelists.value > 0) return plural(unreadWhitelists.value, 'whitelist');
  return view.value === 'access' && access.value?.isLoading ? 'all whitelists' : null;
};

/** Whether something of the view is still being read. */
export const isReading = (): boolean => progress.value !== null || describeReads() !== null;

const ProgressLine = () => {
  const now = progress.value;
  const reads = describeReads();
  if (signInProblem.value || isOffline.value || (now === null && reads === null)) return null;
  if (now === null)
    return (
      <div class="progress">
        <progress aria-label="Being read" />
        <span>Reading {reads} …</span>
      </div>
    );
  return (
    <div class="progress">
      <progress
        aria-label="Clusters and services read"
        value={now.total === null ? undefined : now.read}
        max={now.total ?? undefined}
      />
      <span>
        {now.total === null
          ? `Reading clusters and services …${now.read > 0 ? ` ${formatCount(now.read)} so far` : ''}`
          : `Reading clusters and services: ${formatCount(now.read)} of ${formatCount(now.total)}`}
      </span>
    </div>
  );
};

/** Seconds until a moment, counted down. */
const useCountdown = (until: number | null): number => {
  const [, tick] = useState(0);
  useEffect(() => {
    if (until === null) return undefined;
    const timer = setInterval(() => tick((times) => times + 1), 250);
    return () => clearInterval(timer);
  }, [until]);
  return until === null ? 0 : Math.max(0, Math.ceil((until - Date.now()) / 1000));
};

const Throttled = () => {
  const seconds = useCountdown(throttledUntil.value);
  if (throttledUntil.value === null) return null;
  return (
    <div class="notice notice-wait" role="status">
      <p>
        Too many requests: the gateway asks to wait.{' '}
        <span aria-hidden="true">Reading goes on in {seconds} s.</span>
      </p>
      <button type="button" onClick={stopWaiting}>
        Try now
      </button>
    </div>
  );
};

const Offline = () =>
  isOffline.value ? (
    <div class="notice notice-trouble" role="alert">
      <p>
        The gateway does not answer. {parents.value.size > 0 && 'What you see was read before. '}
        Is it running, and is this computer online?
      </p>
      <button type="button" onClick={() => void refresh()} disabled={progress.value !== null}>
        Try again
      </button>
    </div>
  ) : null;

const isListOpen = signal(false);

/** Failures that are told one by one before the rest is folded away. */
const SHOWN = 3;

const Partial = () => {
  if (isOffline.value || signInProblem.value) return null;
  const failed = failedParents.value;
  const missing = gaps.value;
  if (failed.length + missing.length === 0) return null;
  const shown = isListOpen.value ? failed : failed.slice(0, SHOWN);
  return (
    <div class="notice notice-trouble" role="status">
      <div>
        <p>
          <b>This is not all.</b>{' '}
          {failed.length > 0 &&
            `Connections of ${failed.length === 1 ? 'one cluster or service' : `${formatCount(failed.length)} clusters and services`} could not be read.`}
        </p>
        <ul>
          {missing.map(({ label, problem }) => (
            <li key={label}>
              {label}: {problem.message} <code>{problem.code}</code>
            </li>
          ))}
          {shown.map(({ key, name, problem }) => (
            <li key={key}>
              <button type="button" class="link" onClick={() => lookAt(key)}>
                <bdi>{name}</bdi>
              </button>
              : {problem.message} <code>{problem.code}</code>{' '}
              <button type="button" class="link" onClick={() => void refreshParent(key)}>
                Read it again
              </button>
            </li>
          ))}
        </ul>
        {failed.length > SHOWN && (
          <button
            type="button"
            class="link"
            onClick={() => {
              isListOpen.value = !isListOpen.value;
            }}
          >
            {isListOpen.value ? 'Show fewer' : `Show all ${formatCount(failed.length)}`}
          </button>
        )}
      </div>
      {(missing.length > 0 || failed.length > 1) && (
        <button type="button" onClick={() => void refresh()} disabled={progress.value !== null}>
          Read all again
        </button>
      )}
    </div>
  );
};

/** Whitelists that are missing in the views that are made of them. */
const UnreadWhitelists = () => {
  const missing =
    view.value === 'access'
      ? (access.value?.unavailable ?? []).map(({ name, clusterId, serviceId, projectId, code, message }) => ({
          name: name ?? clusterId ?? serviceId ?? projectId,
          code,
          message,
        }))
      : unreadableWhitelists.value.map(({ parent, problem }) => ({ ...problem, name: parent.name }));
  if (missing.length === 0) return null;
  return (
    <details class="notice notice-trouble">
      <summary>
        <b>This is not all.</b> {plural(missing.length, 'whitelist')} could not be read.
      </summary>
      <ul>
        {missing.map(({ name, code, message }, index) => (
          <li key={index}>
            <bdi>{name}</bdi>: {message} <code>{code}</code>
          </li>
        ))}
      </ul>
    </details>
  );
};

const Truncated = () => {
  const cut = truncatedParents.value;
  if (cut.length === 0) return null;
  return (
    <details class="notice notice-wait">
      <summary>
        The cloud does not give all connections of{' '}
        {cut.length === 1 ? <bdi>{cut[0]!.name}</bdi> : `${formatCount(cut.length)} clusters and services`}.
      </summary>
      <ul>
        {cut.map(({ key, name, truncatedAt, totalCount }) => (
          <li key={key}>
            <bdi>{name}</bdi>: the first {formatCount(truncatedAt!)}
            {totalCount !== null && ` of ${formatCount(totalCount)}`}
          </li>
        ))}
      </ul>
    </details>
  );
};

const LeftOut = () =>
  leftOut.value === 0 ? null : (
    <div class="notice notice-wait" role="status">
      <p>
        {plural(leftOut.value, 'connection')} more than this page keeps in memory: look at one cluster, or
        filter by status, to see them.
      </p>
    </div>
  );

/** What concerns everything on the page: progress, and what is missing. */
export const Notices = () => (
  <section class="notices" aria-label="State">
    <ProgressLine />
    <Throttled />
    <Offline />
    <Partial />
    <UnreadWhitelists />
    <Truncated />
    <LeftOut />
  </section>
);
