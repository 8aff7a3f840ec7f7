import { execSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { Settings } from '../../../src/config/settings.ts';
import { runChecklist } from '../../../src/doctor/checklist.ts';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { SANDBOX } from '../../../src/sandbox/world.ts';
import {
  DEPLOY,
  hasKubectl,
  OVERLAYS,
  parseEnvironment,
  parseManifests,
  readDeployed,
  renderOverlay,
  type Yaml,
} from '../../support/deploy.ts';
import { startReplica } from '../../support/replica.ts';

const dockerfile = readFileSync(new URL('../../../Dockerfile', import.meta.url), 'utf8');

/** What the image says in its `ENV` lines. */
const ofImage = Object.fromEntries(
  [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, line]) =>
    line!.split(' ').map((one) => one.split('=') as [string, string]),
  ),
);

const CONTENTS: Record<string, string[]> = {
  minimal: [
    'ConfigMap vpc-endpoint-graph',
    'Deployment vpc-endpoint-graph',
    'HorizontalPodAutoscaler vpc-endpoint-graph',
    'Namespace vpc-endpoint-graph',
    'NetworkPolicy vpc-endpoint-graph',
    'PodDisruptionBudget vpc-endpoint-graph',
    'Service vpc-endpoint-graph',
  ],
  production: [
    'ConfigMap vpc-endpoint-graph',
    'ConfigMap vpc-endpoint-graph-dashboard',
    'Deployment vpc-endpoint-graph',
    'HorizontalPodAutoscaler vpc-endpoint-graph',
    'Ingress vpc-endpoint-graph',
    'Namespace vpc-endpoint-graph',
    'NetworkPolicy vpc-endpoint-graph',
    'NetworkPolicy vpc-endpoint-graph-from-ingress',
    'NetworkPolicy vpc-endpoint-graph-from-prometheus',
    'NetworkPolicy vpc-endpoint-graph-redis',
    'NetworkPolicy vpc-endpoint-graph-to-redis',
    'PodDisruptionBudget vpc-endpoint-graph',
    'PrometheusRule vpc-endpoint-graph',
    'Secret vpc-endpoint-graph',
    'Secret vpc-endpoint-graph-redis',
    'Service vpc-endpoint-graph',
    'Service vpc-endpoint-graph-metrics',
    'Service vpc-endpoint-graph-redis',
    'ServiceMonitor vpc-endpoint-graph',
    'StatefulSet vpc-endpoint-graph-redis',
  ],
};

/** Of what kustomize names by its content. */
const withoutHash = (name: string) => name.replace(/-[bcdfghkmt2456789]{10}$/, '');

const mebibytes = (text: string) => Number(/^(\d+)Mi$/.exec(text)![1]);

/** Every text in a manifest, by its path. */
const textsIn = (value: Yaml, path = ''): [string, string][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, one]) => textsIn(one, `${path}/${key}`))
    : [[path, String(value)]];

test('every overlay is tested here', () => {
  expect(OVERLAYS).toEqual(Object.keys(CONTENTS));
});

describe.skipIf(!hasKubectl).each(OVERLAYS)(
  'the overlay %s, as kubectl renders it (skipped where there is no kubectl)',
  (overlay) => {
    let manifests: Yaml[];
    let deployment: Yaml;
    let pod: Yaml;
    let container: Yaml;
    /** The environment of the gateway in its container. */
    let environment: Record<string, string>;

    const named = (kind: string, name = 'vpc-endpoint-graph'): Yaml => {
      const found = manifests.find((one) => one.kind === kind && withoutHash(one.metadata.name) === name);
      if (!found) throw new Error(`There is no ${kind} ${name}`);
      return found;
    };
    const decoded = (secret: Yaml) =>
      Object.fromEntries(
        Object.entries<string>(secret.data).map(([name, text]) => [
          name,
          Buffer.from(text, 'base64').toString(),
        ]),
      );

    beforeAll(() => {
      manifests = renderOverlay(overlay);
      deployment = named('Deployment');
      pod = deployment.spec.template.spec;
      [container] = pod.containers;
      const secrets = manifests.filter(({ kind }) => kind === 'Secret');
      const values = new Map(secrets.map((one) => [one.metadata.name, decoded(one)]));
      const fromFiles = container.envFrom.map(({ secretRef }: Yaml) =>
        secretRef ? values.get(secretRef.name) : named('ConfigMap').data,
      );
      const written: Record<string, string> = {};
      // As Kubernetes does: a later variable can use an earlier one.
      for (const { name, value, valueFrom } of container.env)
        written[name] = valueFrom
          ? values.get(valueFrom.secretKeyRef.name)![valueFrom.secretKeyRef.key]
          : value.replaceAll(/\$\((\w+)\)/g, (text: string, other: string) => written[other] ?? text);
      environment = { ...ofImage, ...Object.assign({}, ...fromFiles), ...written };
    });

    test('has what a cluster needs of it, each once, in one namespace', () => {
      const names = manifests.map(({ kind, metadata }) => `${kind} ${withoutHash(metadata.name)}`);
      expect(names.toSorted()).toEqual(CONTENTS[overlay]);
      const namespaces = manifests
        .filter(({ kind }) => kind !== 'Namespace')
        .map((one) => one.metadata.namespace);
      expect(new Set(namespaces)).toEqual(new Set(['vpc-endpoint-graph']));
    });

    test('names only what it has', () => {
      const there = new Set(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
      expect(there).toContain(`ConfigMap ${container.envFrom[0].configMapRef.name}`);
      const secret = container.envFrom[1].secretRef;
      expect(overlay === 'minimal' ? secret.optional : there.has(`Secret ${secret.name}`)).toBe(true);
      for (const { valueFrom } of container.env)
        if (valueFrom) expect(there).toContain(`Secret ${valueFrom.secretKeyRef.name}`);
    });

    test('runs without any privilege', () => {
      const workloads = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
      for (const { spec } of workloads.map((one) => one.spec.template)) {
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
      }
      expect(named('Namespace').metadata.labels).toEqual({
        'pod-security.kubernetes.io/enforce': 'restricted',
      });
    });

    test('runs the image that the overlay names, with its user and port', () => {
      expect(container.image).toBe('images.example.com/vpc-endpoint-graph:0.2.0');
      expect(dockerfile).toContain(`\nUSER ${pod.securityContext.runAsUser}\n`);
      expect(dockerfile).toContain(`\nEXPOSE ${container.ports[0].containerPort}\n`);
      expect(dockerfile).toContain(`PORT=${container.ports[0].containerPort}`);
    });

    test('probes paths that the gateway answers', async () => {
      const { url } = await startReplica({});
      const paths = [container.startupProbe, container.livenessProbe, container.readinessProbe].map(
        ({ httpGet }) => httpGet.path,
      );
      expect(paths).toEqual(['/health', '/health', '/ready']);
      const answers = await Promise.all(paths.map((path) => fetch(`${url}${path}`)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    });

    test('has settings that exist and pass, and the doctor finds nothing wrong in them', () => {
      const others = new Set([
        ...Object.keys(ofImage),
        'NODE_OPTIONS',
        'NODE_EXTRA_CA_CERTS',
        'REDIS_PASSWORD',
      ]);
      expect(
        Object.keys(environment).filter((name) => !(name in Settings.shape) && !others.has(name)),
      ).toEqual([]);
      const config = readConfig(environment);
      expect(config.projects).toHaveLength(1);
      const findings = runChecklist({ config, environment, sandbox: false });
      const notPassed = findings.filter(({ verdict }) => verdict !== 'PASS');
      expect(notPassed.filter(({ verdict }) => verdict === 'FAIL')).toEqual([]);
      // Choices.
      expect(notPassed.map(({ check }) => check)).toEqual(
        overlay === 'minimal'
          ? expect.arrayContaining(['PERSISTED_OPERATIONS_ONLY'])
          : ['PERSISTED_OPERATIONS_ONLY'],
      );
    });

    test('waits longer than the gateway takes to end', () => {
      const waits = container.lifecycle.preStop.sleep.seconds;
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
        waits + Number(environment['SHUTDOWN_GRACE_MS']) / 1000,
      );
      // By then a replica that is being ended is out of the Service, whose endpoints follow within seconds.
      expect(waits).toBeGreaterThanOrEqual(5);
    });

    test('gives JavaScript less memory than the container has, and more than the gateway keeps', () => {
      const heap = Number(/^--max-old-space-size=(\d+)$/.exec(environment['NODE_OPTIONS']!)![1]);
      const { limits, requests } = container.resources;
      expect(heap).toBeLessThanOrEqual(0.7 * mebibytes(limits.memory));
      expect(mebibytes(requests.memory)).toBeLessThan(heap);
      // Parsed documents, answers that were given, and as much again for what runs.
      expect(heap).toBeGreaterThanOrEqual(2 * (120 + 32));
    });

    test('selects the replicas by their labels', () => {
      const { labels } = deployment.spec.template.metadata;
      const policies = manifests.filter(
        ({ kind, metadata }) => kind === 'NetworkPolicy' && !metadata.name.endsWith('graph-redis'),
      );
      expect(
        new Set(
          [
            deployment.spec.selector.matchLabels,
            named('Service').spec.selector,
            named('PodDisruptionBudget').spec.selector.matchLabels,
            ...policies.map(({ spec }) => spec.podSelector.matchLabels),
            ...pod.topologySpreadConstraints.map((one: Yaml) => one.labelSelector.matchLabels),
          ].map((one) => JSON.stringify(one)),
        ),
      ).toEqual(new Set([JSON.stringify(labels)]));
    });

    test('has several replicas, of which only one is taken away at a time', () => {
      const { spec } = named('HorizontalPodAutoscaler');
      expect(spec.scaleTargetRef.name).toBe(deployment.metadata.name);
      expect(spec.minReplicas).toBeGreaterThanOrEqual(2);
      expect(deployment.spec.replicas).toBeUndefined();
      expect(named('PodDisruptionBudget').spec.maxUnavailable).toBe(1);
      expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
    });

    test('lets in and out what is needed, and nothing else', () => {
      const end = ({ namespaceSelector, podSelector, ipBlock }: Yaml): string => {
        const labels = { ...namespaceSelector?.matchLabels, ...podSelector?.matchLabels };
        return ipBlock?.cidr ?? (Object.values(labels).join(' ') || 'the namespace');
      };
      const openings: string[] = manifests
        .filter(({ kind }) => kind === 'NetworkPolicy')
        .flatMap(({ spec: { podSelector, policyTypes, ingress = [], egress = [] } }) => {
          const [pods] = Object.values(podSelector.matchLabels);
          const open = (direction: string, rules: Yaml[], ends: 'from' | 'to') =>
            rules.flatMap((rule) =>
              rule.ports.flatMap(({ protocol, port }: Yaml) =>
                rule[ends].map((one: Yaml) => `${String(pods)} ${direction} ${end(one)} ${protocol} ${port}`),
              ),
            );
          expect(policyTypes.includes('Ingress') || ingress.length === 0).toBe(true);
          expect(policyTypes.includes('Egress') || egress.length === 0).toBe(true);
          return [...open('from', ingress, 'from'), ...open('to', egress, 'to')];
        });
      const minimal = [
        'vpc-endpoint-graph from the namespace TCP 4000',
        'vpc-endpoint-graph to 0.0.0.0/0 TCP 443',
        'vpc-endpoint-graph to ::/0 TCP 443',
        'vpc-endpoint-graph to kube-system kube-dns TCP 53',
        'vpc-endpoint-graph to kube-system kube-dns UDP 53',
      ];
      const more = [
        'vpc-endpoint-graph from ingress-nginx TCP 4000',
        'vpc-endpoint-graph from monitoring TCP 9464',
        'vpc-endpoint-graph to vpc-endpoint-graph-redis TCP 6379',
        'vpc-endpoint-graph-redis from vpc-endpoint-graph TCP 6379',
      ];
      expect(openings.toSorted()).toEqual(
        (overlay === 'minimal' ? minimal : [...minimal, ...more]).toSorted(),
      );
      expect(named('NetworkPolicy').spec.policyTypes).toEqual(['Ingress', 'Egress']);
    });

    test('has secrets in Secrets alone', () => {
      const isSecret = /KEY|SECRET|TOKEN|PASSWORD|REDIS_URL/;
      expect(Object.keys(named('ConfigMap').data).filter((name) => isSecret.test(name))).toEqual([]);
      const given = manifests
        .filter(({ kind }) => kind === 'Secret')
        .flatMap((one) => Object.values(decoded(one)));
      const elsewhere = manifests.filter(({ kind }) => kind !== 'Secret').flatMap((one) => textsIn(one));
      expect(elsewhere.filter(([, text]) => given.some((secret) => text.includes(secret)))).toEqual([]);
    });

    test('keeps the port for metrics off the Service', () => {
      expect(container.ports).toContainEqual({
        name: 'metrics',
        containerPort: Number(environment['METRICS_PORT']),
      });
      expect(named('Service').spec.ports).toEqual([{ name: 'http', port: 80, targetPort: 'http' }]);
    });

    if (overlay === 'minimal') return;

    test('lets Prometheus find the port for metrics', () => {
      const service = named('Service', 'vpc-endpoint-graph-metrics');
      const { spec } = named('ServiceMonitor');
      expect(service.metadata.labels).toMatchObject(spec.selector.matchLabels);
      expect(service.spec.selector).toEqual(deployment.spec.template.metadata.labels);
      expect(spec.endpoints[0].port).toBe(service.spec.ports[0].name);
      expect(service.spec.ports[0].targetPort).toBe('metrics');
      // The job that the alerts name.
      expect(service.metadata.labels[spec.jobLabel]).toBe('vpc-endpoint-graph');
    });

    test('lets Redis speak TLS alone, to a gateway that knows who signed its certificate', () => {
      const redis = named('StatefulSet', 'vpc-endpoint-graph-redis').spec.template.spec;
      const options = redis.containers[0].args.join(' ');
      expect(options).toContain(
        '--port 0 --tls-port 6379 --tls-cert-file /tls/tls.crt --tls-key-file /tls/tls.key',
      );
      expect(options).toContain('--appendonly yes');
      expect(options).toContain('--maxmemory-policy noeviction');
      expect(redis.containers[0].volumeMounts).toEqual([
        { name: 'tls', mountPath: '/tls', readOnly: true },
        { name: 'data', mountPath: '/data' },
      ]);
      expect(new URL(environment['REDIS_URL']!)).toMatchObject({
        protocol: 'rediss:',
        hostname: named('Service', 'vpc-endpoint-graph-redis').metadata.name,
        password: decoded(named('Secret', 'vpc-endpoint-graph-redis'))['REDIS_PASSWORD'],
        port: '6379',
      });
      const [mount] = container.volumeMounts;
      const [volume] = pod.volumes;
      expect(mount).toEqual({ name: volume.name, mountPath: '/redis-ca', readOnly: true });
      // Its key stays with Redis.
      expect(volume.secret.items).toEqual([{ key: 'ca.crt', path: 'ca.crt' }]);
      expect(environment['NODE_EXTRA_CA_CERTS']).toBe('/redis-ca/ca.crt');
      const [tls] = redis.volumes;
      expect(volume.secret.secretName).toBe(tls.secret.secretName);
    });

    test('has an ingress with TLS that lets server-sent events through', () => {
      const { metadata, spec } = named('Ingress');
      expect(spec.tls[0].hosts).toEqual(spec.rules.map(({ host }: Yaml) => host));
      const [path] = spec.rules[0].http.paths;
      // Not /metrics.
      expect(path).toMatchObject({
        path: '/graphql',
        backend: { service: { name: 'vpc-endpoint-graph', port: { name: 'http' } } },
      });
      const option = (name: string) => metadata.annotations[`nginx.ingress.kubernetes.io/${name}`];
      expect(option('proxy-buffering')).toBe('off');
      const { client, maxBodyBytes } = readConfig(environment);
      expect(Number(option('proxy-read-timeout'))).toBeGreaterThan(client.operationTimeoutMs / 1000);
      expect(option('proxy-body-size')).toBe(`${maxBodyBytes / 1024}k`);
    });
  },
);

test('secrets are made from examples, which have none', () => {
  const examples = globSync('**/*.example', { cwd: DEPLOY });
  expect(examples.length).toBeGreaterThan(3);
  const isSecret = /KEY|SECRET|TOKEN|PASSWORD/;
  const secrets = examples.flatMap((path) =>
    Object.entries(parseEnvironment(readDeployed(path))).filter(([name]) => isSecret.test(name)),
  );
  expect(secrets.filter(([, value]) => !/<[^>]+>/.test(value))).toEqual([]);
  const manifests = globSync('{kubernetes,monitoring}/**/*.yaml', { cwd: DEPLOY }).flatMap((path) =>
    parseManifests(readDeployed(path)),
  );
  expect(manifests.filter((one) => one?.kind === 'Secret')).toEqual([]);
});

test('git leaves out the files with secrets', () => {
  const files = globSync('**/*.example', { cwd: DEPLOY }).map((path) =>
    path.replace(/\.example$/, '').replace(/\/env$/, '/.env'),
  );
  const ignored = spawnSync('git', ['check-ignore', '--no-index', ...files], {
    cwd: DEPLOY,
    encoding: 'utf8',
  }).stdout;
  expect(ignored.trim().split('\n').toSorted()).toEqual(files.toSorted());
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

test.skipIf(!hasOpenssl)('the commands of the page make a certificate for the name of Redis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const commands = [...readDeployed('README.md').matchAll(/^\$ (openssl (?:req|x509) .+)$/gm)].map(
    ([, command]) => command!,
  );
  expect(commands).toHaveLength(3);
  for (const command of commands) execSync(command, { cwd: folder, stdio: 'ignore' });
  const certificate = (name: string) => new X509Certificate(readFileSync(join(folder, name)));
  const [own, authority] = [certificate('tls.crt'), certificate('ca.crt')];
  expect(own.verify(authority.publicKey)).toBe(true);
  expect(own.checkHost('vpc-endpoint-graph-redis')).toBeDefined();
  expect(authority.ca).toBe(true);
});

test('the page says how to name every image by its digest', () => {
  const page = readDeployed('README.md');
  expect(page).toContain('BASE_IMAGE=docker.io/library/node:26-slim@sha256:');
  expect(page).toContain('docker buildx imagetools inspect docker.io/library/redis:7');
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
