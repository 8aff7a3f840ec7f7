import { choice, coded, list, optional, readBody, shape, text } from '../http/body.ts';
import { stamp } from '../http/clock.ts';
import { ok, pathId, type Call, type Deps } from '../http/exchange.ts';
import { nextId } from '../data/ids.ts';
import type { Permission, Service, World } from '../model.ts';
import { readQuery } from '../http/query.ts';
import { makePermission } from '../data/rows.ts';
import { refuseParameter, refuseBody, notFound, ownService, vpcepRefusal } from './errors.ts';
import { isInOrAny, readPage } from './pages.ts';

const BATCH = { min: 1, max: 50, tooFew: 'EndPoint.3036', tooMany: 'EndPoint.0016' };
const PERMISSION = coded(
  'EndPoint.3002',
  text({ min: 1, max: 1024, pattern: /^(\*|iam:domain::[0-9A-Za-z_-]+|organizations:orgPath::.+)$/ }),
);
const TYPE = optional(choice('domainId', 'orgPath'));
const DESCRIPTION = text({ max: 256 });

/** Open Telekom Cloud has no types: they show in the prefix alone. */
const withoutType = ({ permission_type: _type, ...record }: Permission) => record;

const listPermissions = (call: Call, deps: Deps) => {
  const service = ownService(call, deps.world);
  const query = readQuery(call.query, refuseParameter);
  const page = readPage<Permission>('servicePermissions', query, deps, (record) => record, 500);
  const permission = query.text('permission', 1000);
  const matching = service.permissions.filter((record) => isInOrAny(permission, record.permission));
  const { rows, total } = page.cut(matching);
  const permissions = deps.world.edition === 'otc' ? rows.map(withoutType) : rows;
  return ok({ permissions, total_count: total });
};

const checkType = (record: Permission, type: string | undefined): void => {
  if (type !== undefined && type !== record.permission_type)
    throw vpcepRefusal(400, 'EndPoint.3002', `${record.permission} is not of the type ${type}.`);
};

const find = (service: Service, permission: string): Permission | undefined =>
  service.permissions.find((record) => record.permission === permission);

/** Adds what is not there yet, in place: the cluster in front of the service holds the same list. */
const add = (
  world: World,
  service: Service,
  wanted: readonly { permission: string; description?: string }[],
) => {
  const records = wanted.map(
    ({ permission, description }) =>
      find(service, permission) ??
      makePermission({
        id: nextId(world, 'permission'),
        permission,
        created_at: stamp(),
        ...(description === undefined ? {} : { description }),
      }),
  );
  for (const record of records)
    if (!service.permissions.includes(record)) service.permissions.unshift(record);
  return records;
};

const remove = (service: Service, leaving: (record: Permission) => boolean): Permission[] => {
  const gone = service.permissions.filter(leaving);
  service.permissions.splice(0, Infinity, ...service.permissions.filter((record) => !gone.includes(record)));
  return gone;
};

const addOrRemove = (call: Call, deps: Deps) => {
  const service = ownService(call, deps.world);
  const body = readBody(
    call,
    shape({
      permissions: list(PERMISSION, BATCH),
      action: coded('EndPoint.3035', choice('add', 'remove')),
      permission_type: TYPE,
    }),
    refuseBody,
  );
  for (const permission of body.permissions) checkType(makePermission({ permission }), body.permission_type);
  if (body.action === 'remove') remove(service, (record) => body.permissions.includes(record.permission));
  else
    add(
      deps.world,
      service,
      [...new Set(body.permissions)].map((permission) => ({ permission })),
    );
  const type = body.permission_type;
  return ok({ permissions: body.permissions, ...(type === undefined ? {} : { permission_type: type }) });
};

const batchCreate = (call: Call, deps: Deps) => {
  const service = ownService(call, deps.world);
  const body = readBody(
    call,
    shape({
      permissions: list(shape({ permission: PERMISSION, description: DESCRIPTION }), BATCH),
      permission_type: TYPE,
    }),
    refuseBody,
  );
  for (const wanted of body.permissions) checkType(makePermission(wanted), body.permission_type);
  const distinct = new Map(body.permissions.map((wanted) => [wanted.permission, wanted]));
  return ok({ permissions: add(deps.world, service, [...distinct.values()]) });
};

const batchDelete = (call: Call, deps: Deps) => {
  const service = ownService(call, deps.world);
  const { permissions } = readBody(
    call,
    shape({ permissions: list(shape({ id: text({ min: 1, max: 64 }) }), BATCH) }),
    refuseBody,
  );
  const ids = permissions.map(({ id }) => id);
  if (!ids.every((id) => service.permissions.some((record) => record.id === id))) throw notFound();
  return ok({ permissions: remove(service, ({ id }) => ids.includes(id)) });
};

const describePermission = (call: Call, deps: Deps) => {
  const service = ownService(call, deps.world);
  const id = pathId(call, 'permission_id', refuseParameter);
  const { permission } = readBody(
    call,
    shape({ permission: shape({ description: DESCRIPTION }) }),
    refuseBody,
  );
  const found = service.permissions.find((candidate) => candidate.id === id);
  if (found === undefined) throw notFound();
  found.description = permission.description;
  return ok({ permissions: [found] });
};

/** The operations on the whitelist of an endpoint service. */
export const permissions = { listPermissions, addOrRemove, batchCreate, batchDelete, describePermission };
