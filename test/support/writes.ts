import type { FaultRule, Sandbox } from '../../src/sandbox/server.ts';

/** The end of the path of a read that is a `POST`. */
const QUERY = /\/resource_instances\/action$/;

/** Lists the write calls that the sandbox got: method and path, and the parsed body. */
export const listWrites = ({ calls }: Pick<Sandbox, 'calls'>) =>
  calls
    .filter(({ method, path }) => method !== 'GET' && !QUERY.test(path))
    .map(({ method, path, body }) => [`${method} ${path}`, body === '' ? null : JSON.parse(body)]);

/** Faults after which the outcome of a write is unknown. */
export const UNCLEAR: { what: string; fault: Omit<FaultRule, 'path'> }[] = [
  { what: 'status 502', fault: { respond: { status: 502, body: '<html>' } } },
  { what: 'status 504', fault: { respond: { status: 504 } } },
  { what: 'a reset before it took effect', fault: { reset: 'before' } },
  { what: 'a reset after it took effect', fault: { reset: 'after' } },
  { what: 'no answer', fault: { hang: 'before' } },
];
