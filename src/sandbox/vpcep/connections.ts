import { choice, coded, list, readBody, shape, text } from '../http/body.ts';
import { stamp } from '../http/clock.ts';
import { decide, obstacleTo } from '../connections.ts';
import { ok, type Call, type Deps } from '../http/exchange.ts';
import type { ConnectionRow, Service } from '../model.ts';
import { readQuery } from '../http/query.ts';
import { refuseParameter, refuseBody, ownService, vpcepRefusal } from './errors.ts';
import { isOrAny, readPage } from './pages.ts';
import { formatConnection } from './wire.ts';

/** Every state that one of the references lets the filter name; `deleting` is in none of them. */
const FILTERS = ['pendingAcceptance', 'creating', 'accepted', 'rejected', 'failed'] as const;

const CODE_OF_STATE: Record<string, string> = {
  creating: 'EndPoint.2019',
  deleting: 'EndPoint.2018',
  failed: 'EndPoint.2047',
};

const listConnections = (call: Call, deps: Deps) => {
  const service = ownService(call, deps.world);
  const query = readQuery(call.query, refuseParameter);
  const page = readPage<ConnectionRow>('serviceConnections', query, deps, (row) => row);
  const id = query.text('id', 64);
  const marker = query.matching('marker_id', /^\d+$/);
  const status = query.choice('status', FILTERS);
  const matching = deps.lag
    .shown(service.connections)
    .filter(
      (row) =>
        isOrAny(id, row.id) &&
        isOrAny(status, row.status) &&
        (marker === undefined || BigInt(marker) === BigInt(row.marker_id)),
    );
  const { rows, total } = page.cut(matching);
  return ok({ connections: rows.map(formatConnection), total_count: total });
};

const findConnection = (service: Service, id: string): ConnectionRow => {
  const row = service.connections.find((candidate) => candidate.id === id);
  if (row === undefined) throw vpcepRefusal(400, 'EndPoint.2013', `${id} does not belong to this service.`);
  return row;
};

const decideConnection = (call: Call, deps: Deps) => {
  const service = ownService(call, deps.world);
  const { action, endpoints } = readBody(
    call,
    shape({
      action: coded('EndPoint.0007', choice('receive', 'reject')),
      endpoints: list(text({ min: 1, max: 64 }), { min: 1, max: 1, tooMany: 'EndPoint.2031' }),
    }),
    refuseBody,
  );
  const rows = endpoints.map((id) => findConnection(service, id));
  for (const row of rows) {
    const obstacle = obstacleTo(row, action);
    if (obstacle !== undefined)
      throw vpcepRefusal(400, CODE_OF_STATE[obstacle] ?? 'EndPoint.0002', `The endpoint is ${obstacle}.`);
    decide(row, action, deps);
  }
  return ok({ connections: rows.map(formatConnection) });
};

const describeConnections = (call: Call, deps: Deps) => {
  const service = ownService(call, deps.world);
  const { connections } = readBody(
    call,
    shape({
      connections: list(
        shape({ id: text({ min: 1, max: 64 }), description: text({ max: 512, pattern: /^[^<>]*$/ }) }),
        { min: 1 },
      ),
    }),
    refuseBody,
  );
  const rows = connections.map(({ id, description }) => ({ row: findConnection(service, id), description }));
  for (const { row, description } of rows) Object.assign(row, { description, updated_at: stamp() });
  return ok({ connections: rows.map(({ row }) => formatConnection(row)) });
};

/** The operations on the connections of an endpoint service. */
export const serviceConnections = { listConnections, decideConnection, describeConnections };
