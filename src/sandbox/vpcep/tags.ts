import { choice, coded, flag, list, optional, readBody, shape, text, type Reader } from '../http/body.ts';
import { stamp } from '../http/clock.ts';
import { gatewayRefusal, ok, pathId, type Call, type Deps } from '../http/exchange.ts';
import { servePage } from '../http/lists.ts';
import type { Endpoint, Service, Tag, World } from '../model.ts';
import { notFound, refuseBody, refuseParameter, vpcepRefusal } from './errors.ts';

const INVALID_CHARACTERS = 'EndPoint.3068';

/** Limits of tags; the strictest where sources differ. */
const LIMITS = {
  huawei: {
    key: text({ min: 1, max: 128, pattern: /^(?!_sys_)(?! )[\p{L}\p{N} _.:=+\-@]*(?<! )$/u }),
    value: text({ max: 255, pattern: /^[\p{L}\p{N} _.:=+\-@/]*$/u }),
    tags: 10,
    keys: 10,
  },
  otc: {
    key: text({ min: 1, max: 36, pattern: /^[A-Za-z0-9_@-]*$/ }),
    value: text({ max: 43, pattern: /^[A-Za-z0-9_@-]*$/ }),
    tags: 20,
    keys: 20,
  },
};
const MAX_VALUES = 10;
const MAX_PAGE = 1000;

/** One tagged resource: a service or an endpoint of the project. */
interface Resource {
  id: string;
  name: string;
  thing: Service | Endpoint;
  touch: () => void;
}

const serviceResource = (service: Service): Resource => ({
  id: service.id,
  name: service.service_name,
  thing: service,
  touch: () => {
    service.updated_at = stamp();
  },
});

const endpointResource = (endpoint: Endpoint): Resource => ({
  id: endpoint.connection.id,
  name: endpoint.connection.id,
  thing: endpoint,
  touch: () => {
    endpoint.connection.updated_at = stamp();
  },
});

const resourcesOf = (call: Call, { services, endpoints }: World): Resource[] => {
  const type = call.path['resource_type'];
  if (type === 'endpoint_service') return services.map(serviceResource);
  if (type === 'endpoint') return endpoints.map(endpointResource);
  // The path names a resource that the service does not have.
  if (type?.startsWith('endpoint')) throw vpcepRefusal(400, 'EndPoint.3070', 'No such resource type.');
  throw gatewayRefusal(404, 'APIGW.0101', 'The API does not exist.', '');
};

const refuseTwice = (texts: readonly string[], code: string): void => {
  if (new Set(texts).size < texts.length) throw vpcepRefusal(400, code, 'One is given twice.');
};

const changeTags = (call: Call, { world }: Deps) => {
  const id = pathId(call, 'resource_id', refuseParameter);
  const resource = resourcesOf(call, world).find((one) => one.id === id);
  if (resource === undefined) throw notFound();
  const { key, value, tags: most } = LIMITS[world.edition];
  const { action, tags } = readBody(
    call,
    shape({
      action: coded('EndPoint.0007', choice('create', 'delete')),
      tags: list(
        shape({
          key: coded(INVALID_CHARACTERS, key),
          value: optional(coded(INVALID_CHARACTERS, value)),
        }),
        { min: 1, max: 20, tooFew: 'EndPoint.3066', tooMany: 'EndPoint.3069' },
      ),
    }),
    refuseBody,
  );
  const keys = tags.map((tag) => tag.key);
  refuseTwice(keys, 'EndPoint.3067');
  const { thing } = resource;
  if (action === 'delete') {
    const isGone = (tag: Tag) =>
      tags.some((one) => one.key === tag.key && (one.value === undefined || one.value === tag.value));
    thing.tags = thing.tags.filter((tag) => !isGone(tag));
  } else {
    if (tags.some((tag) => tag.value === undefined))
      throw vpcepRefusal(400, 'EndPoint.0002', 'value is needed for create.');
    const kept = thing.tags.filter((tag) => !keys.includes(tag.key));
    if (kept.length + tags.length > most)
      throw vpcepRefusal(400, 'EndPoint.3069', `A resource has at most ${most} tags.`);
    thing.tags = [...kept, ...tags.map((tag) => ({ key: tag.key, value: tag.value ?? '' }))];
  }
  resource.touch();
  return { status: world.edition === 'otc' ? 200 : 204 };
};

const listTags = (call: Call, { world }: Deps) => {
  const all = resourcesOf(call, world).flatMap(({ thing }) => thing.tags);
  const values = Map.groupBy(all, ({ key }) => key);
  return ok({
    tags: [...values].map(([key, some]) => ({ key, values: [...new Set(some.map(({ value }) => value))] })),
  });
};

interface Condition {
  key: string;
  values: string[];
}

const meets = ({ tags }: Resource['thing'], { key, values }: Condition): boolean =>
  tags.some((tag) => tag.key === key && (values.length === 0 || values.includes(tag.value)));

const conditions = (most: number): Reader<Condition[]> =>
  list(
    shape({
      key: coded('EndPoint.3072', text({ min: 1, max: 128 })),
      values: list(coded('EndPoint.3073', text({ max: 255 })), { max: MAX_VALUES, tooMany: 'EndPoint.3069' }),
    }),
    { max: most, tooMany: 'EndPoint.3069' },
  );

/** Text in the references; clients send numbers too. */
const position: Reader<number> = (value, at) =>
  Number(text({ min: 1, max: 10, pattern: /^\d+$/ })(typeof value === 'number' ? String(value) : value, at));

const queryResources = (call: Call, { world }: Deps) => {
  const resources = resourcesOf(call, world);
  const some = optional(conditions(LIMITS[world.edition].keys));
  const wish = readBody(
    call,
    shape({
      action: coded('EndPoint.0007', choice('filter', 'count')),
      limit: optional(coded('EndPoint.0006', position)),
      offset: optional(coded('EndPoint.0010', position)),
      tags: some,
      tags_any: some,
      not_tags: some,
      not_tags_any: some,
      matches: optional(list(shape({ key: choice('resource_name'), value: text({ min: 1, max: 255 }) }))),
      without_any_tag: optional(flag),
    }),
    refuseBody,
  );
  if (wish.without_any_tag !== undefined && world.edition === 'otc')
    throw vpcepRefusal(400, 'EndPoint.0002', 'without_any_tag is unknown.');
  if (wish.action === 'count' && (wish.limit ?? wish.offset) !== undefined)
    throw vpcepRefusal(400, 'EndPoint.0002', 'count takes neither limit nor offset.');
  if (wish.limit !== undefined && (wish.limit < 1 || wish.limit > MAX_PAGE))
    throw vpcepRefusal(400, 'EndPoint.0006');
  const lists = [wish.tags, wish.tags_any, wish.not_tags, wish.not_tags_any];
  for (const one of lists) {
    refuseTwice(
      (one ?? []).map(({ key }) => key),
      'EndPoint.3067',
    );
    for (const { values } of one ?? []) refuseTwice(values, 'EndPoint.3071');
  }
  const matching = resources.filter(({ name, thing }) => {
    const named = (wish.matches ?? []).every(({ value }) => name.toLowerCase().includes(value.toLowerCase()));
    if (!named) return false;
    if (wish.without_any_tag === true) return thing.tags.length === 0;
    const [all, any, notAll, notAny] = lists.map((one) => one?.map((condition) => meets(thing, condition)));
    return (
      (all ?? []).every(Boolean) &&
      (any === undefined || any.length === 0 || any.some(Boolean)) &&
      (notAll === undefined || notAll.length === 0 || !notAll.every(Boolean)) &&
      !(notAny ?? []).some(Boolean)
    );
  });
  if (wish.action === 'count') return ok({ total_count: matching.length });
  const { rows, total } = servePage(world, 'taggedResources', matching, {
    offset: wish.offset ?? 0,
    limit: wish.limit ?? MAX_PAGE,
  });
  return ok({
    resources: rows.map(({ id, name, thing }) => ({
      resource_id: id,
      resource_name: name,
      resource_detail: null,
      tags: thing.tags,
    })),
    total_count: total,
  });
};

/** The operations on tags of endpoint services and endpoints. */
export const tags = { changeTags, listTags, queryResources };
