import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { parse } from 'yaml';
import { UPSTREAMS } from '../../src/upstreams/services.ts';

/** One request as it left, and the answer to it. */
export interface Exchange {
  method: string;
  /** Path and query, undecoded. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  status: number;
  answer: string;
}

type Schema = Record<string, unknown>;

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

type Content = Record<string, { schema: Schema } | undefined>;

interface Operation {
  operationId: string;
  /** Empty where no credentials are needed. */
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { content?: Content } | undefined>;
}

type PathItem = { parameters?: Parameter[] } & Record<string, Operation>;

/** Says what of an exchange is against the contract. */
type Check = (exchange: Exchange, values: ReadonlyMap<string, string>) => string[];

interface Route {
  operationId: string;
  method: string;
  segments: readonly string[];
  check: Check;
}

/** A document with a copy of what each reference points to in its place. */
const withoutReferences = (node: unknown, root: object): unknown => {
  if (Array.isArray(node)) return node.map((item) => withoutReferences(item, root));
  if (typeof node !== 'object' || node === null) return node;
  if ('$ref' in node && typeof node.$ref === 'string') {
    const keys = node.$ref.slice('#/'.length).split('/');
    const target = keys.reduce<unknown>((from, key) => (from as Record<string, unknown>)[key], root);
    return withoutReferences(target, root);
  }
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, withoutReferences(value, root)]),
  );
};

const options: Options = {
  strictTypes: false,
  strictRequired: false,
  allErrors: true,
  keywords: ['example'],
  formats: { int64: { type: 'number', validate: Number.isInteger } },
};

const bodies = new Ajv2020(options);
/** Paths, queries and headers carry text: numbers and flags are read out of it. */
const texts = new Ajv2020({ ...options, coerceTypes: true });

const complaints = (what: string, validate: ValidateFunction, value: unknown): string[] =>
  validate(value)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message, params }) => {
        const name = params['additionalProperty'] ?? params['unevaluatedProperty'];
        const about = typeof name === 'string' ? ` (${name})` : '';
        return `${what}${instancePath} ${message}${about}`;
      });

const jsonOf = (text: string): { value: unknown } | null => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
};

/** The values of one place, checked together; in a query, nothing may stand that is not documented. */
const parameterCheck = (place: Parameter['in'], parameters: readonly Parameter[]) => {
  const here = parameters.filter((parameter) => parameter.in === place);
  const nameOf = ({ name }: Parameter) => (place === 'header' ? name.toLowerCase() : name);
  const validate = texts.compile({
    type: 'object',
    properties: Object.fromEntries(here.map((parameter) => [nameOf(parameter), parameter.schema])),
    required: here.filter(({ required }) => required).map(nameOf),
    additionalProperties: place === 'header',
  });
  return (values: Record<string, unknown>) => complaints(place, validate, values);
};

const queryOf = (path: string): Record<string, string | string[]> => {
  const query = new URLSearchParams(path.includes('?') ? path.slice(path.indexOf('?')) : '');
  const one = (values: string[]) => (values.length === 1 ? values[0]! : values);
  return Object.fromEntries([...query.keys()].map((name) => [name, one(query.getAll(name))]));
};

const credentialsCheck = ({ headers }: Exchange): string[] =>
  headers['x-auth-token'] || headers.authorization ? [] : ['header must have credentials'];

/** A body may hold what is documented, and nothing else: services ignore what they do not know, and nobody would notice. */
const requestBodyCheck = ({ requestBody }: Operation) => {
  const schema = requestBody?.content['application/json']?.schema;
  const validate = schema && bodies.compile({ allOf: [schema], unevaluatedProperties: false });
  return ({ body, headers }: Exchange): string[] => {
    if (body === '') return requestBody?.required ? ['request must have a body'] : [];
    if (!validate) return ['request must not have a body'];
    if (!headers['content-type']?.startsWith('application/json'))
      return ['request body must be labelled JSON'];
    const json = jsonOf(body);
    return json ? complaints('request body', validate, json.value) : ['request body must be JSON'];
  };
};

const answerCheck = ({ responses }: Operation) => {
  const shapes = new Map(
    Object.entries(responses).map(([status, response]) => {
      const schema = response?.content?.['application/json']?.schema;
      return [Number(status), schema && bodies.compile(schema)];
    }),
  );
  return ({ status, answer }: Exchange): string[] => {
    if (!shapes.has(status)) return [`answer must not have status ${status}`];
    const validate = shapes.get(status);
    if (!validate) return ['', '{}'].includes(answer) ? [] : [`answer ${status} must be empty`];
    const json = jsonOf(answer);
    return json ? complaints(`answer ${status}`, validate, json.value) : [`answer ${status} must be JSON`];
  };
};

const checkOf = (operation: Operation, shared: readonly Parameter[] = []): Check => {
  const parameters = [...shared, ...(operation.parameters ?? [])];
  const path = parameterCheck('path', parameters);
  const query = parameterCheck('query', parameters);
  const header = parameterCheck('header', parameters);
  const request = requestBodyCheck(operation);
  const answer = answerCheck(operation);
  return (exchange, values) => [
    ...path(Object.fromEntries(values)),
    ...query(queryOf(exchange.path)),
    ...header({ ...exchange.headers }),
    ...(operation.security?.length === 0 ? [] : credentialsCheck(exchange)),
    ...request(exchange),
    ...answer(exchange),
  ];
};

const METHODS = ['get', 'post', 'put', 'delete'];

const routesOf = (document: object): Route[] => {
  const { paths } = withoutReferences(document, document) as { paths: Record<string, PathItem> };
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => ({
      operationId: item[method]!.operationId,
      method: method.toUpperCase(),
      segments: path.split('/'),
      check: checkOf(item[method]!, item.parameters),
    })),
  );
};

const isVariable = (segment: string) => segment.startsWith('{');

/** The variables of a path, or undefined where it is another path. */
const valuesIn = ({ segments }: Route, path: string): Map<string, string> | undefined => {
  const given = path.split('/');
  const fits = segments.every((segment, i) => (isVariable(segment) ? given[i] !== '' : given[i] === segment));
  if (!fits || given.length !== segments.length) return undefined;
  return new Map(
    segments.flatMap((segment, i) =>
      isVariable(segment) ? [[segment.slice(1, -1), decodeURIComponent(given[i]!)] as const] : [],
    ),
  );
};

/** The operation of an exchange, and what in it violates the contract. */
interface Verdict {
  operationId: string | null;
  violations: string[];
}

/** The contract with the three services. */
export interface Contract {
  operations: readonly string[];
  judge: (exchange: Exchange) => Verdict;
}

const SERVICES = UPSTREAMS.map(({ name }) => name);

const documentOf = (service: string): object =>
  parse(
    readFileSync(new URL(`../fixtures/contract/${service}.openapi.yaml`, import.meta.url), 'utf8'),
  ) as object;

/** The schema of the values in a place. */
export interface ValueSchema {
  type?: string | string[];
  properties?: Record<string, ValueSchema>;
  items?: ValueSchema;
  allOf?: ValueSchema[];
  anyOf?: ValueSchema[];
}

/** Every operation of the contract, by its path. */
const itemsOfContract = (): [path: string, item: PathItem][] =>
  SERVICES.flatMap((service) => {
    const document = documentOf(service);
    return Object.entries(
      (withoutReferences(document, document) as { paths: Record<string, PathItem> }).paths,
    );
  });

/** An operation of the documents, as pages name it. */
export interface DocumentedOperation {
  service: string;
  operationId: string;
  /** Method and path, without version and project; a version other than the usual one stays. */
  name: string;
}

const shortPath = (path: string): string =>
  path.replace(/^\/v1(\.0)?\/\{project_id\}/, '').replace('/{project_id}', '');

/** Every operation of the OpenAPI documents, service by service. */
export const documentedOperations = (): DocumentedOperation[] =>
  SERVICES.flatMap((service) => {
    const { paths } = documentOf(service) as { paths: Record<string, PathItem> };
    return Object.entries(paths).flatMap(([path, item]) =>
      METHODS.flatMap((method) =>
        method in item
          ? [
              {
                service,
                operationId: item[method]!.operationId,
                name: `${method.toUpperCase()} ${shortPath(path)}`,
              },
            ]
          : [],
      ),
    );
  });

/** Operations that read, although they are `POST`. */
const QUERIES: ReadonlySet<string> = new Set(['queryResourcesByTags']);

const isRead = (method: string, { operationId }: Operation) => method === 'get' || QUERIES.has(operationId);

const operationsIn = (item: PathItem) =>
  METHODS.flatMap((method) => (method in item ? [[method, item[method]!] as const] : []));

/** Reads that the graph has no field for, and nobody makes. */
const WITHOUT_FIELD: ReadonlySet<string> = new Set(['listApiVersions', 'getApiVersion']);

/** The operations that read what the graph has, each with the schema of its answer. */
export const readsOfContract = (): ReadonlyMap<string, ValueSchema> =>
  new Map(
    itemsOfContract().flatMap(([, item]) =>
      operationsIn(item).flatMap(([method, operation]) => {
        const schema = operation.responses['200']?.content?.['application/json']?.schema;
        const { operationId } = operation;
        return schema && isRead(method, operation) && !WITHOUT_FIELD.has(operationId)
          ? [[operationId, schema] as const]
          : [];
      }),
    ),
  );

/** The operations that write, each with what its requests are told by. */
export const writesOfContract = (): ReadonlyMap<string, { method: string; path: RegExp }> =>
  new Map(
    itemsOfContract().flatMap(([path, item]) =>
      operationsIn(item)
        .filter(([method, operation]) => !isRead(method, operation))
        .map(([method, { operationId }]) => {
          const pattern = path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/?]+');
          return [operationId, { method: method.toUpperCase(), path: new RegExp(`^${pattern}$`) }] as const;
        }),
    ),
  );

/** What can be said in the requests of each operation: the parameters of its query, and the forms that its body may have. */
export const inputsOfContract = (): ReadonlyMap<string, { query: string[]; forms: ValueSchema[] }> =>
  new Map(
    itemsOfContract().flatMap(([, item]) =>
      operationsIn(item).map(([, { operationId, parameters = [], requestBody }]) => {
        const query = [...(item.parameters ?? []), ...parameters].filter((one) => one.in === 'query');
        const body: ValueSchema | undefined = requestBody?.content['application/json']?.schema;
        const forms = body === undefined ? [] : (body.anyOf ?? [body]);
        return [operationId, { query: query.map(({ name }) => name), forms }] as const;
      }),
    ),
  );

/** Reads the OpenAPI documents of the three services. */
export const readContract = (): Contract => {
  const routes = SERVICES.flatMap((service) => routesOf(documentOf(service)))
    // A fixed path stands before one with a variable in the same place.
    .toSorted((a, b) => a.segments.filter(isVariable).length - b.segments.filter(isVariable).length);
  return {
    operations: routes.map(({ operationId }) => operationId),
    judge: (exchange) => {
      const path = exchange.path.replace(/\?.*/s, '');
      for (const route of routes) {
        const values = route.method === exchange.method ? valuesIn(route, path) : undefined;
        if (!values) continue;
        const { operationId } = route;
        const violations = route.check(exchange, values).map((violation) => `${operationId}: ${violation}`);
        return { operationId, violations };
      }
      return { operationId: null, violations: [`${exchange.method} ${path} is not in the contract`] };
    },
  };
};
