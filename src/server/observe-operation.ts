import type { ServerResponse } from 'node:http';
import type { ResultFormatter } from '../graphql/format-result.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import { logFields, type Operation } from '../request/operation.ts';
import { monotonic } from '../time/clock.ts';

/** nginx's status for a client that disconnected. It appears only in metrics, log and traces. */
const CLIENT_CLOSED_REQUEST = 499;

interface Deps {
  formatter: Pick<ResultFormatter, 'finishErrors'>;
  metrics: Pick<Metrics, 'countRequest' | 'countOperation'>;
  log: Log;
}

/** Counts, logs and traces an operation when its response is closed: the client has read it, or has disconnected. */
export const observeOperation = (
  response: ServerResponse,
  operation: Operation,
  { formatter, metrics, log }: Deps,
): void => {
  const started = monotonic();
  response.on('close', () => {
    if (!response.writableFinished) operation.clientAbort.abort();
    formatter.finishErrors(operation);
    const status = operation.clientAbort.aborted ? CLIENT_CLOSED_REQUEST : response.statusCode;
    const ms = monotonic() - started;
    metrics.countRequest(status, ms);
    metrics.countOperation(operation);
    if (!operation.trace && log.isLevelEnabled?.('info') === false) return;
    const fields = logFields(operation);
    operation.trace?.end(fields, status);
    log.info({ ...fields, status, ms: Math.round(ms) }, 'operation');
  });
};
