import { coded, list, readBody, shape, text } from '../http/body.ts';
import { stamp } from '../http/clock.ts';
import { ok, type Call, type Deps } from '../http/exchange.ts';
import type { Endpoint, World } from '../model.ts';
import { changeableEndpoint } from './endpoints.ts';
import { refuseBody, vpcepRefusal } from './errors.ts';

/** Route tables that lead to another endpoint of the same service: a table can serve one only. */
const takenIn = ({ endpoints }: World, endpoint: Endpoint): ReadonlySet<string> =>
  new Set(
    endpoints
      .filter(
        (other) =>
          other.connection.id !== endpoint.connection.id &&
          other.endpoint_service_id === endpoint.endpoint_service_id,
      )
      .flatMap(({ routetables }) => routetables),
  );

/** Sets the whole list, at once. What cannot be bound is told under status 200. */
export const updateRouteTables = (call: Call, deps: Deps) => {
  const endpoint = changeableEndpoint(call, deps.world);
  if (endpoint.service_type !== 'gateway')
    throw vpcepRefusal(400, 'EndPoint.2040', 'It is no gateway endpoint.');
  const { routetables } = readBody(
    call,
    shape({ routetables: coded('EndPoint.1019', list(text({ min: 1, max: 64 }), { min: 1, max: 10 })) }),
    refuseBody,
  );
  if (new Set(routetables).size < routetables.length)
    throw vpcepRefusal(400, 'EndPoint.1019', 'One is given twice.');
  const taken = takenIn(deps.world, endpoint);
  const failed = routetables.filter((id) => taken.has(id));
  endpoint.routetables = routetables.filter((id) => !taken.has(id));
  endpoint.connection.updated_at = stamp();
  const bindFailed = failed.map((id) => ({
    id,
    error_message: 'The route table is used by another VPC endpoint.',
  }));
  return ok({
    routetables: endpoint.routetables,
    ...(failed.length > 0 && { error: [{ bind_failed: bindFailed, unbind_failed: [] }] }),
  });
};
