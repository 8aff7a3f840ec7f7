import { choice, coded, list, optional, readBody, shape, text } from '../http/body.ts';
import { stamp } from '../http/clock.ts';
import { findService } from '../connections.ts';
import type { Call, Deps } from '../http/exchange.ts';
import { changeableEndpoint } from './endpoints.ts';
import { refuseBody, vpcepRefusal } from './errors.ts';
import { changeableService } from './services.ts';

/** Whether a service takes professional endpoints. Of a service of another account no answer says it. */
const takesProfessional = (service: ReturnType<typeof findService>): boolean =>
  service !== undefined &&
  (!('supported_editions' in service) || service.supported_editions.includes('profession'));

/** A job that no read shows; a second one meanwhile is refused. */
const upgradeEndpoint = (call: Call, deps: Deps) => {
  const endpoint = changeableEndpoint(call, deps.world);
  readBody(call, shape({ action: coded('EndPoint.0007', choice('start')) }), refuseBody);
  if (endpoint.edition === 'upgrading') throw vpcepRefusal(400, 'EndPoint.2051', 'It is being upgraded.');
  if (endpoint.edition === 'professional')
    throw vpcepRefusal(400, 'EndPoint.0002', 'It is professional already.');
  if (!takesProfessional(findService(deps.world, endpoint.endpoint_service_id)))
    throw vpcepRefusal(400, 'EndPoint.2004', 'The service takes no professional endpoints.');
  endpoint.edition = 'upgrading';
  deps.later(() => {
    endpoint.edition = 'professional';
    endpoint.connection.updated_at = stamp();
  });
  return { status: 202 };
};

const upgradeService = (call: Call, deps: Deps) => {
  const service = changeableService(call, deps.world);
  if (call.body !== '') throw vpcepRefusal(400, 'EndPoint.0002', 'The call takes no body.');
  if (!service.supported_editions.includes('profession'))
    service.supported_editions = [...service.supported_editions, 'profession'];
  service.updated_at = stamp();
  return { status: 204 };
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const addServerResources = (call: Call, deps: Deps) => {
  const service = changeableService(call, deps.world);
  const { server_resources: added } = readBody(
    call,
    shape({
      server_resources: list(
        shape({
          resource_id: text({ min: 36, max: 36, pattern: UUID }),
          availability_zone_id: optional(text({ min: 1, max: 64 })),
        }),
        { min: 1, max: 20 },
      ),
    }),
    refuseBody,
  );
  service.server_resources = [...(service.server_resources ?? []), ...added];
  service.updated_at = stamp();
  return { status: 204 };
};

/** The operations of `/v2`. */
export const editions = { upgradeEndpoint, upgradeService, addServerResources };
