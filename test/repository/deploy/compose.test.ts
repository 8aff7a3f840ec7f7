import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { Settings } from '../../../src/config/settings.ts';
import {
  DEPLOY,
  fillIn,
  hasPromtool,
  parseEnvironment,
  parseManifests,
  promtool,
  readDeployed,
  readYaml,
  type Yaml,
} from '../../support/deploy.ts';
import { freePort } from '../../support/free-port.ts';
import { hasRedis } from '../../support/redis.ts';

const COMPOSE = readYaml('compose/compose.yaml');
const SERVICES: Record<string, Yaml> = COMPOSE.services;
const { gateway } = SERVICES;
const filledIn = (path: string) => parseEnvironment(fillIn(readDeployed(path)));

/** As compose fills in variables of `.env`. */
const interpolate = (text: string): string =>
  text
    .replaceAll(/\$\{(\w+):\?[^}]*\}/g, (_, name: string) => filledIn('compose/env.example')[name]!)
    .replaceAll('$$', '$');

const environment: Record<string, string> = {
  NODE_ENV: 'production',
  ...filledIn('compose/gateway.env.example'),
  ...Object.fromEntries(
    Object.entries<string>(gateway.environment).map(([name, value]) => [name, interpolate(value)]),
  ),
};

test('the gateway has settings that exist, and pass', () => {
  expect(
    Object.keys(environment).filter((name) => !(name in Settings.shape) && name !== 'NODE_OPTIONS'),
  ).toEqual(['NODE_ENV'].filter((name) => !(name in Settings.shape)));
  const { redisUrl, projects } = readConfig(environment);
  expect(projects).toHaveLength(1);
  expect(new URL(redisUrl!)).toMatchObject({
    hostname: 'redis',
    password: filledIn('compose/env.example')['REDIS_PASSWORD'],
  });
});

test('every variable of compose is in the example', () => {
  const used = [...readDeployed('compose/compose.yaml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name!);
  expect([...new Set(used)].toSorted()).toEqual(Object.keys(filledIn('compose/env.example')).toSorted());
  // With the message of `:?`, compose does not start without them.
  expect(readDeployed('compose/compose.yaml')).not.toMatch(/\$\{\w+(?!:\?)[^\w]/);
});

test('compose waits longer than the gateway takes to end', () => {
  expect(Number(/^(\d+)s$/.exec(gateway.stop_grace_period)![1])).toBeGreaterThan(
    Number(environment['SHUTDOWN_GRACE_MS']) / 1000,
  );
});

test.each(Object.entries(SERVICES))(
  '%s runs without any privilege, on a file system that is read-only',
  (_, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  },
);

test('every service has a health check, but for the collector, whose image has no program for it', () => {
  const without = Object.entries(SERVICES).filter(([, { healthcheck }]) => healthcheck === undefined);
  expect(without.map(([name]) => name)).toEqual(['collector']);
  const dockerfile = readFileSync(new URL('../../../Dockerfile', import.meta.url), 'utf8');
  expect(dockerfile).toContain(
    `CMD ${JSON.stringify(gateway.healthcheck.test.slice(1)).replaceAll(',', ', ')}`,
  );
});

test('only the gateway and Grafana can be reached, from this machine alone', () => {
  const ports = Object.entries(SERVICES).flatMap(([name, service]) =>
    (service.ports ?? []).map((port: string) => `${name} ${port}`),
  );
  expect(ports).toEqual(['gateway 127.0.0.1:4000:4000', 'grafana 127.0.0.1:3000:3000']);
  const outside = Object.entries(SERVICES).filter(([, { networks }]) => networks.includes('outside'));
  expect(outside.map(([name]) => name)).toEqual(['gateway', 'grafana']);
  expect(COMPOSE.networks.inside).toEqual({ internal: true });
});

test('every file that is mounted exists, and every volume is declared', () => {
  const sources: string[] = Object.values(SERVICES).flatMap(({ volumes = [] }) =>
    volumes.map((one: string) => one.split(':')[0]!),
  );
  const isFile = (source: string) => source.startsWith('.');
  expect(sources.filter((one) => isFile(one) && !existsSync(join(DEPLOY, 'compose', one)))).toEqual([]);
  expect(sources.filter((one) => !isFile(one)).toSorted()).toEqual(Object.keys(COMPOSE.volumes).toSorted());
});

/** How each of the two starts Redis, with options of a test instead of those for TLS. */
const REDIS: { from: string; commandWith: (options: string[]) => string[] }[] = [
  {
    from: 'compose/compose.yaml',
    commandWith: (options) => {
      const [shell, flag, script] = SERVICES['redis'].command as [string, string, string];
      return [shell, flag, interpolate(script).replace(' - ', ` - ${options.join(' ')} `)];
    },
  },
  {
    from: 'kubernetes/components/redis/redis.yaml',
    commandWith: (options) => {
      const [{ spec }] = parseManifests(readDeployed('kubernetes/components/redis/redis.yaml'));
      const { command, args } = spec.template.spec.containers[0];
      return [...command, ...options, ...args.slice(args.indexOf('--save'))];
    },
  },
];

test.skipIf(!hasRedis).each(REDIS)(
  'Redis of $from asks for its password, forgets nothing, and has no secret in its command line (skipped where there is no redis-server)',
  async ({ commandWith }) => {
    const folder = mkdtempSync(join(tmpdir(), 'redis-'));
    const port = await freePort();
    const password = 'of-this-test';
    const [program, ...rest] = commandWith(['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]);
    const child = spawn(program!, rest, {
      env: { PATH: process.env['PATH'], REDIS_PASSWORD: password },
      stdio: 'ignore',
    });
    const client = new Redis(`redis://:${password}@127.0.0.1:${port}`, { lazyConnect: true });
    client.on('error', () => {});
    const stranger = new Redis(`redis://127.0.0.1:${port}`, { lazyConnect: true, retryStrategy: () => null });
    stranger.on('error', () => {});
    onTestFinished(() => {
      client.disconnect();
      stranger.disconnect();
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    });
    expect(await client.ping()).toBe('PONG');
    expect(await client.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    await expect(stranger.ping()).rejects.toThrow('NOAUTH');
    if (existsSync('/proc/self/cmdline'))
      expect(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')).not.toContain(password);
  },
);

test('Prometheus reads the gateway where it has its metrics', () => {
  const { scrape_configs: jobs, rule_files: rules } = readYaml('compose/prometheus.yaml');
  expect(jobs[0]).toMatchObject({
    job_name: 'vpc-endpoint-graph',
    static_configs: [{ targets: [`gateway:${environment['METRICS_PORT']}`] }],
  });
  const mounted = SERVICES['prometheus'].volumes.map((one: string) => one.split(':')[1]);
  expect(mounted).toEqual(expect.arrayContaining(rules));
  expect(SERVICES['prometheus'].command).toContain(`--config.file=${mounted[0]}`);
});

test.skipIf(!hasPromtool)(
  'promtool accepts the configuration of Prometheus (skipped where there is no promtool)',
  () => {
    expect(promtool('check', 'config', '--syntax-only', 'compose/prometheus.yaml')).toMatchObject({
      status: 0,
    });
  },
);

test('the collector takes traces where the gateway sends them, and its own metrics are read', () => {
  const collector = readYaml('compose/collector.yaml');
  const { port, hostname } = new URL(environment['OTEL_EXPORTER_OTLP_ENDPOINT']!);
  expect(collector.receivers.otlp.protocols.http.endpoint).toBe(`0.0.0.0:${port}`);
  expect(SERVICES).toHaveProperty(hostname);
  const [
    ,
    {
      static_configs: [{ targets }],
    },
  ] = readYaml('compose/prometheus.yaml').scrape_configs;
  const { host, port: own } = collector.service.telemetry.metrics.readers[0].pull.exporter.prometheus;
  expect([host, targets]).toEqual(['0.0.0.0', [`${hostname}:${own}`]]);
});
