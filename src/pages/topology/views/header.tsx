import { GATEWAY, credentials, signInProblem } from '../state/session.ts';
import { isReading } from './states.tsx';
import { progress, readAt, refresh } from '../state/topology.ts';
import { type View, view, VIEWS } from '../state/view.ts';
import { ExportMenu } from './export-menu.tsx';

const TITLES: Readonly<Record<View, string>> = {
  picture: 'Picture',
  table: 'Table',
  whitelists: 'Whitelists',
  access: 'By account',
};

const Tabs = () => (
  <nav aria-label="Views">
    <ul class="tabs">
      {VIEWS.map((one) => (
        <li key={one}>
          <button
            type="button"
            aria-current={view.value === one ? 'page' : undefined}
            onClick={() => {
              view.value = one;
            }}
          >
            {TITLES[one]}
          </button>
        </li>
      ))}
    </ul>
  </nav>
);

const signOut = (): void => {
  location.reload();
};

/** Title, views and what concerns the whole page. */
export const Header = () => {
  const { token, key } = credentials.value;
  return (
    <header class="header">
      <h1>
        <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
          <path d="M5 12C12 12 12 5 19 5M5 12C12 12 12 19 19 19M5 12H19" class="stroked" />
          <circle cx="5" cy="12" r="3" class="filled" />
          <circle cx="19" cy="5" r="2.5" class="filled" />
          <circle cx="19" cy="12" r="2.5" class="filled" />
          <circle cx="19" cy="19" r="2.5" class="filled" />
        </svg>
        VPC endpoints
      </h1>
      {GATEWAY.sandbox && (
        <span class="badge" title="Nothing here is real: the gateway serves its built-in sandbox cloud.">
          sandbox
        </span>
      )}
      {!signInProblem.value && (
        <>
          <Tabs />
          <div class="tools">
            {readAt.value && !isReading() && (
              <span class="faint read-at">read at {readAt.value.toLocaleTimeString('en-GB')}</span>
            )}
            <button type="button" onClick={() => void refresh()} disabled={progress.value !== null}>
              Refresh
            </button>
            <ExportMenu />
            {(token || key) && (
              <button type="button" onClick={signOut}>
                Sign out
              </button>
            )}
          </div>
        </>
      )}
    </header>
  );
};
