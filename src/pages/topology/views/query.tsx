import { GATEWAY, GRAPH_URL } from '../state/session.ts';
import { copyText } from './copy.ts';

interface QueryProps {
  title: string;
  query: string;
  variables: object;
}

/** Longest link that servers take with room for the rest of a request's head. */
const MAX_LINK = 8_000;

/** The query that something on the page was read with, to take elsewhere. */
export const Query = ({ title, query, variables }: QueryProps) => {
  const text = JSON.stringify(variables, null, 2);
  const link = new URL(GRAPH_URL);
  link.searchParams.set('query', query);
  link.searchParams.set('variables', text);
  return (
    <details class="query">
      <summary>{title}</summary>
      <pre tabIndex={0}>{`${query}\n\n${text}`}</pre>
      <p class="buttons">
        <button type="button" onClick={() => void copyText(query)}>
          Copy query
        </button>
        {GATEWAY.graphiql && link.href.length < MAX_LINK && (
          <a class="button" href={link.href} target="_blank" rel="noreferrer">
            Open in GraphiQL
          </a>
        )}
      </p>
    </details>
  );
};
