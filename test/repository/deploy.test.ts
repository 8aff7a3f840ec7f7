import { execSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readConfig } from '../../src/config/config.ts';
import { runChecklist } from '../../src/doctor/checklist.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { SANDBOX } from '../../src/sandbox/world.ts';
import { Settings } from '../../src/config/settings.ts';
import { startReplica } from '../support/replica.ts';

const FOLDER = new URL('../../deploy/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, FOLDER), 'utf8');

// oxlint-disable-next-line typescript/no-explicit-any -- manifests have every shape
type Manifest = any;

const MANIFESTS: Manifest[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .flatMap((name) => parseAllDocuments(read(name)).map((document) => document.toJS({ mapAsMap: false })));

const named = (kind: string, name = 'vpc-endpoint-graph'): Manifest => {
  const found = MANIFESTS.find((one) => one.kind === kind && one.metadata.name === name);
  if (!found) throw new Error(`There is no ${kind} ${name}`);
  return found;
};

const deployment = named('Deployment');
const pod = deployment.spec.template.spec;
const [container] = pod.containers;
const { data } = named('ConfigMap');
const { stringData } = named('Secret');
const settings: Record<string, string> = { ...data, ...stringData };

test('the manifests are what a cluster needs of them, each once', () => {
  expect(MANIFESTS.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()).toEqual([
    'ConfigMap vpc-endpoint-graph',
    'Deployment vpc-endpoint-graph',
    'Deployment vpc-endpoint-graph-redis',
    'HorizontalPodAutoscaler vpc-endpoint-graph',
    'NetworkPolicy vpc-endpoint-graph',
    'NetworkPolicy vpc-endpoint-graph-redis',
    'PodDisruptionBudget vpc-endpoint-graph',
    'Secret vpc-endpoint-graph',
    'Secret vpc-endpoint-graph-redis',
    'Service vpc-endpoint-graph',
    'Service vpc-endpoint-graph-redis',
  ]);
});

test.each(['vpc-endpoint-graph', 'vpc-endpoint-graph-redis'])('%s runs without any privilege', (name) => {
  const { spec } = named('Deployment', name).spec.template;
  expect(spec.automountServiceAccountToken).toBe(false);
  expect(spec.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: expect.toSatisfy((user: number) => user > 0),
    seccompProfile: { type: 'RuntimeDefault' },
  });
  for (const one of spec.containers) {
    expect(one.securityContext).toEqual({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(one.resources).toMatchObject({
      requests: { cpu: expect.any(String), memory: expect.any(String) },
      limits: { memory: expect.any(String) },
    });
  }
});

const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');

/** What the image says in its `ENV` lines. */
const ofImage = Object.fromEntries(
  [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, line]) =>
    line!.split(' ').map((one) => one.split('=') as [string, string]),
  ),
);

/** The environment of the gateway in its container, with its placeholders filled in. */
const environment: Record<string, string> = {
  ...ofImage,
  ...Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      name === 'API_KEYS' ? `one:${'0'.repeat(64)}` : value.replaceAll(/<[^>]*>/g, 'x'),
    ]),
  ),
  ...Object.fromEntries(container.env.map(({ name, value }: Manifest) => [name, value])),
};

test('the doctor finds nothing wrong in them, and what it would have looked at is a choice', () => {
  const findings = runChecklist({ config: readConfig(environment), environment, sandbox: false });
  expect(findings.filter(({ verdict }) => verdict !== 'PASS').map(({ check }) => check)).toEqual([
    'PERSISTED_OPERATIONS_ONLY',
  ]);
});

test('its user and port are those of the image', () => {
  expect(dockerfile).toContain(`\nUSER ${pod.securityContext.runAsUser}\n`);
  expect(dockerfile).toContain(`\nEXPOSE ${container.ports[0].containerPort}\n`);
  expect(dockerfile).toContain(`PORT=${container.ports[0].containerPort}`);
});

test('its probes ask paths that the gateway answers', async () => {
  const { url } = await startReplica({});
  const paths = [container.startupProbe, container.livenessProbe, container.readinessProbe].map(
    ({ httpGet }) => httpGet.path,
  );
  expect(paths).toEqual(['/health', '/health', '/ready']);
  const answers = await Promise.all(paths.map((path) => fetch(`${url}${path}`)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
});

test('its settings exist, and pass once their placeholders are filled in', () => {
  expect(Object.keys(settings).filter((name) => !(name in Settings.shape))).toEqual([]);
  expect(readConfig(environment).projects).toHaveLength(1);
});

test('metrics have a port of their own: the Service does not lead there, and one namespace may read them', async () => {
  const port = Number(settings['METRICS_PORT']);
  expect(container.ports).toContainEqual({ name: 'metrics', containerPort: port });
  expect(deployment.spec.template.metadata.annotations['prometheus.io/port']).toBe(String(port));
  expect(named('Service').spec.ports).toEqual([{ name: 'http', port: 80, targetPort: 'http' }]);
  const { ingress } = named('NetworkPolicy').spec;
  expect(ingress).toEqual([
    { ports: [{ protocol: 'TCP', port: container.ports[0].containerPort }] },
    {
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': expect.any(String) } } }],
      ports: [{ protocol: 'TCP', port }],
    },
  ]);
  const { url } = await startReplica({ METRICS_PORT: '0' });
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
});

test('Redis speaks TLS alone, and the gateway knows who signed its certificate', () => {
  const redis = named('Deployment', 'vpc-endpoint-graph-redis').spec.template.spec;
  const options = redis.containers[0].args.join(' ');
  expect(options).toContain(
    '--port 0 --tls-port 6379 --tls-cert-file /tls/tls.crt --tls-key-file /tls/tls.key',
  );
  expect(redis.containers[0].volumeMounts).toEqual([
    { name: 'tls', mountPath: '/tls', readOnly: true },
    { name: 'data', mountPath: '/data' },
  ]);
  expect(new URL(environment['REDIS_URL']!)).toMatchObject({
    protocol: 'rediss:',
    hostname: named('Service', 'vpc-endpoint-graph-redis').metadata.name,
    port: '6379',
  });
  const [mount] = container.volumeMounts;
  const [volume] = pod.volumes;
  expect(mount).toEqual({ name: volume.name, mountPath: '/redis-ca', readOnly: true });
  // Its key stays with Redis.
  expect(volume.secret.items).toEqual([{ key: 'ca.crt', path: 'ca.crt' }]);
  expect(environment['NODE_EXTRA_CA_CERTS']).toBe('/redis-ca/ca.crt');
  expect(volume.secret.secretName).toBe(redis.volumes[1].secret.secretName);
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

test.skipIf(!hasOpenssl)('the commands of the page make a certificate for the name of that Redis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const commands = [...read('README.md').matchAll(/^\$ (openssl .+)$/gm)].map(([, command]) => command!);
  expect(commands).toHaveLength(3);
  for (const command of commands) execSync(command, { cwd: folder, stdio: 'ignore' });
  const certificate = (name: string) => new X509Certificate(readFileSync(join(folder, name)));
  const [own, authority] = [certificate('tls.crt'), certificate('ca.crt')];
  expect(own.verify(authority.publicKey)).toBe(true);
  expect(own.checkHost(new URL(environment['REDIS_URL']!).hostname)).toBeDefined();
  expect(authority.ca).toBe(true);
});

const mebibytes = (text: string) => Number(/^(\d+)Mi$/.exec(text)![1]);

test('JavaScript may take less memory than the container has, and more than the gateway keeps', () => {
  const heap = Number(/^--max-old-space-size=(\d+)$/.exec(environment['NODE_OPTIONS']!)![1]);
  const { limits, requests } = container.resources;
  expect(heap).toBeLessThanOrEqual(0.7 * mebibytes(limits.memory));
  expect(mebibytes(requests.memory)).toBeLessThan(heap);
  // Parsed documents, answers that were given, and as much again for what runs.
  expect(heap).toBeGreaterThanOrEqual(2 * (120 + 32));
});

test('whatever image is named, the page says how to name it by its digest', () => {
  const images = MANIFESTS.filter(({ kind }) => kind === 'Deployment').flatMap((one) =>
    one.spec.template.spec.containers.map(({ image }: Manifest) => String(image)),
  );
  const page = read('README.md');
  const byTag = images.filter((image) => !image.includes('@sha256:'));
  expect(byTag.filter((image) => image.startsWith('docker.io/') && !page.includes(image))).toEqual([]);
  expect(page).toContain('BASE_IMAGE=docker.io/library/node:26-slim@sha256:');
});

test('secrets are in the Secret alone, and not written down', () => {
  const isSecret = /KEY|SECRET|TOKEN|PASSWORD|REDIS_URL/;
  expect(Object.keys(data).filter((name) => isSecret.test(name))).toEqual([]);
  const all = { ...stringData, ...named('Secret', 'vpc-endpoint-graph-redis').stringData };
  expect(Object.values<string>(all).filter((value) => !/<[^>]+>/.test(value))).toEqual([]);
});

test('Kubernetes waits longer than the gateway takes to end', () => {
  const waits = container.lifecycle.preStop.sleep.seconds;
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
    waits + Number(settings['SHUTDOWN_GRACE_MS']) / 1000,
  );
  // By then a replica that is being ended is out of the Service, whose endpoints follow within seconds.
  expect(waits).toBeGreaterThanOrEqual(5);
});

test('whatever selects the replicas selects their labels', () => {
  const { labels } = deployment.spec.template.metadata;
  expect([
    deployment.spec.selector.matchLabels,
    named('Service').spec.selector,
    named('PodDisruptionBudget').spec.selector.matchLabels,
    named('NetworkPolicy').spec.podSelector.matchLabels,
    named('NetworkPolicy', 'vpc-endpoint-graph-redis').spec.ingress[0].from[0].podSelector.matchLabels,
    ...pod.topologySpreadConstraints.map((one: Manifest) => one.labelSelector.matchLabels),
  ]).toEqual(Array(7).fill(labels));
});

test('there are several replicas, of which only one is taken away at a time', () => {
  const { spec } = named('HorizontalPodAutoscaler');
  expect(spec.scaleTargetRef.name).toBe(deployment.metadata.name);
  expect(spec.minReplicas).toBeGreaterThanOrEqual(2);
  expect(deployment.spec.replicas).toBeUndefined();
  expect(named('PodDisruptionBudget').spec.maxUnavailable).toBe(1);
  expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
});

test('it may go to names, HTTPS and its Redis, and nowhere else', () => {
  const { policyTypes, egress } = named('NetworkPolicy').spec;
  expect(policyTypes).toEqual(['Ingress', 'Egress']);
  const ports = egress.map((rule: Manifest) =>
    rule.ports.map((one: Manifest) => `${one.protocol} ${one.port}`),
  );
  expect(ports).toEqual([['UDP 53', 'TCP 53'], ['TCP 443'], ['TCP 6379']]);
  const redis = named('Deployment', 'vpc-endpoint-graph-redis').spec.template.metadata.labels;
  expect(egress[2].to).toEqual([{ podSelector: { matchLabels: redis } }]);
});

test('the gateway writes no file, so that nothing has to be writable', async () => {
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const reading = [
    '--permission',
    '--allow-fs-read=*',
    '--allow-net',
    '--disable-warning=ExperimentalWarning',
  ];
  const { url, kill, exit } = await startReplica(
    {
      HW_REGION_NAME: SANDBOX.region,
      HW_PROJECT_ID: SANDBOX.projectId,
      CSS_ENDPOINT: sandbox.url,
      CACHE_TTL_MS: '1000',
    },
    reading,
  );
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-auth-token': SANDBOX.token },
    body: JSON.stringify({ query: '{ clusters(first: 2) { nodes { name connections { totalCount } } } }' }),
  });
  expect(await answer.json()).toMatchObject({ data: { clusters: { nodes: [{}, {}] } } });
  kill('SIGTERM');
  expect(await exit).toBe(0);
});
