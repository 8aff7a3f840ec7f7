import { type CallReport, hasFailed, isCallersFault } from '../http/call-report.ts';
import type { Log } from './log.ts';

/** Logs an upstream call: at `warn` if it failed, at `info` if the caller is at fault, else at `debug`. */
export const logUpstreamCall = (log: Pick<Log, 'debug' | 'info' | 'warn'>, call: CallReport): void => {
  if (!hasFailed(call)) log.debug(call, 'upstream call');
  else if (isCallersFault(call)) log.info(call, 'upstream call refused');
  else log.warn(call, 'upstream call failed');
};
