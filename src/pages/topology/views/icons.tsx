import { MARKS } from '../picture/marks.ts';
import { describeStatus, type Status } from '../model/status.ts';

/** The sign of a status. */
export const StatusMark = ({ status }: { status: Status }) => (
  <svg class={`mark tone-${status}`} viewBox="-7 -7 14 14" width="14" height="14" aria-hidden="true">
    <path class={MARKS[status].isLine ? 'stroked' : 'filled'} d={MARKS[status].path} />
  </svg>
);

/** A status with its sign, in words. */
export const StatusLabel = ({ status }: { status: Status }) => (
  <span class={`status tone-${status}`}>
    <StatusMark status={status} /> {describeStatus(status)}
  </span>
);
