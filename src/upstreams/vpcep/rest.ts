/** Parts of several reads of VPCEP. */
import type { Cloud } from '../../http/cloud.ts';
import type { Project } from '../../http/request.ts';
import type { UpstreamRefusal } from '../../http/errors.ts';
import { isRefusedWith } from '../../http/refusal.ts';
import type { Shape } from '../../http/shape.ts';
import { enumReader } from '../../http/wire-values.ts';
import { offsetLimit, type Page, type Window } from '../../paging/window.ts';
import { vpcep } from './service.ts';

/** Pages of the lists of services, connections and endpoints: up to 1,000 rows. */
export const listLimits = { pageSize: 1000 };

/** Reads the type of a service: how endpoints reach it. */
export const serviceType = enumReader({ interface: 'INTERFACE', gateway: 'GATEWAY' });

/** Applies a reader to a text; null where there is no text. */
export const orNull = <Value>(read: (wire: string) => Value, wire: string | null): Value | null =>
  wire === null ? null : read(wire);

const isInvalidOffset = isRefusedWith('EndPoint.0010');

/** Parameters of a list call, without the window. */
interface ListCall<Row> {
  params?: Readonly<Record<string, string>>;
  query?: object;
  shape: Shape<Page<Row>>;
  /** Shares no call with other reads. */
  fresh?: boolean;
  /** Whether a refusal is an expected answer, and no failure. */
  isExpectedRefusal?: (refusal: UpstreamRefusal) => boolean;
}

/**
 * Reads one page of a list of VPCEP. An offset at or past the end of the list may be refused, or answered with an empty page: the sources
 * leave it open (`EndPoint.0010`, page "Error Codes"). Both are a page without rows here, since lists shrink.
 */
export const listPage = async <Row>(
  cloud: Cloud,
  project: Project,
  path: string,
  window: Window,
  { params, query, shape, fresh, isExpectedRefusal }: ListCall<Row>,
): Promise<Page<Row>> => {
  const isPastEnd = (error: unknown) => window.offset > 0 && isInvalidOffset(error);
  try {
    return await cloud.get(vpcep, project, path, {
      ...(params && { params }),
      query: { ...query, ...offsetLimit(window) },
      shape,
      fresh,
      isExpectedRefusal: (refusal) => isPastEnd(refusal) || (isExpectedRefusal?.(refusal) ?? false),
    });
  } catch (error) {
    if (isPastEnd(error)) return { items: [], total: null, pastEnd: true };
    throw error;
  }
};
