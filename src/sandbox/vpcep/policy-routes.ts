import { optional, readBody, shape } from '../http/body.ts';
import { stamp } from '../http/clock.ts';
import { findService } from '../connections.ts';
import { ok, type Call, type Deps } from '../http/exchange.ts';
import type { Endpoint } from '../model.ts';
import { changeableEndpoint } from './endpoints.ts';
import { refuseBody, vpcepRefusal } from './errors.ts';
import { checkPolicy, DOCUMENT, STATEMENTS } from './policy.ts';
import { formatEndpoint } from './wire.ts';

/** Properties of the detail that the answers of policy calls lack. */
const LACKING: ReadonlySet<string> = new Set([
  'subnet_id',
  'enable_dns',
  'dns_names',
  'specification_name',
  'enable_status',
]);

const formatAfterPolicy = (endpoint: Endpoint) =>
  Object.fromEntries(Object.entries(formatEndpoint(endpoint)).filter(([name]) => !LACKING.has(name)));

/** Takes effect with the answer. */
const updatePolicy = (call: Call, deps: Deps) => {
  const endpoint = changeableEndpoint(call, deps.world);
  const policy = readBody(
    call,
    shape({ policy_statement: optional(STATEMENTS), policy_document: optional(DOCUMENT) }),
    refuseBody,
  );
  checkPolicy(findService(deps.world, endpoint.endpoint_service_id), policy);
  Object.assign(endpoint, policy);
  endpoint.connection.updated_at = stamp();
  return ok(formatAfterPolicy(endpoint));
};

/** A job: the policy is gone when the settling time is over. */
const deletePolicy = (call: Call, deps: Deps) => {
  const endpoint = changeableEndpoint(call, deps.world);
  if (endpoint.service_type !== 'gateway')
    throw vpcepRefusal(400, 'EndPoint.2048', 'Only gateway endpoints can lose their policy.');
  if (endpoint.policy_statement === undefined) throw vpcepRefusal(400, 'EndPoint.2049');
  deps.later(() => {
    delete endpoint.policy_statement;
  });
  endpoint.connection.updated_at = stamp();
  const { policy_statement: _gone, ...rest } = endpoint;
  return ok({ ...formatEndpoint(rest), jobId: '4010b39b5281b7ef0152840c2bf60078' });
};

/** The operations on the policy of an endpoint. */
export const endpointPolicy = { updatePolicy, deletePolicy };
