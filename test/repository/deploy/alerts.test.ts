import { expect, test } from 'vitest';
import { startReplica } from '../../support/replica.ts';
import { hasPromtool, promtool, readDeployed, readYaml } from '../../support/deploy.ts';
import { anchorOf, readPage } from '../../support/docs.ts';
import { labelsOf, metricsOf, metricsOnPage } from '../../support/promql.ts';

interface Alert {
  alert: string;
  expr: string;
  annotations: { summary: string; runbook_url: string };
}

const ALERTS = readYaml('monitoring/alerts.yaml').groups.flatMap(
  ({ rules }: { rules: Alert[] }) => rules,
) as Alert[];

test.skipIf(!hasPromtool)('promtool accepts the alerts (skipped where there is no promtool)', () => {
  expect(promtool('check', 'rules', 'monitoring/alerts.yaml')).toMatchObject({ status: 0 });
});

test.skipIf(!hasPromtool)(
  'each alert fires when it should, and not before (skipped where there is no promtool)',
  () => {
    expect(promtool('test', 'rules', 'monitoring/alerts.test.yaml')).toMatchObject({ status: 0 });
  },
);

test('each alert is tested when it fires and when it does not', () => {
  const cases = readYaml('monitoring/alerts.test.yaml').tests.flatMap(
    ({ alert_rule_test }: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }) =>
      alert_rule_test,
  );
  const tested = (fires: boolean) =>
    new Set(
      cases
        .filter(({ exp_alerts = [] }: { exp_alerts?: unknown[] }) => exp_alerts.length > 0 === fires)
        .map(({ alertname }: { alertname: string }) => alertname),
    );
  const names = new Set(ALERTS.map(({ alert }) => alert));
  expect(tested(true)).toEqual(names);
  expect(tested(false)).toEqual(names);
});

const [, TROUBLESHOOTING = ''] =
  /\n## Troubleshooting\n([^]*?)(?=\n## |$)/.exec(readPage('docs/operations.md')) ?? [];
const ENTRIES = [...TROUBLESHOOTING.matchAll(/^### (.+)$/gm)].map(([, heading]) => anchorOf(heading!));

/** Each row of the table of symptoms: the anchor of its entry, and its alerts. */
const ROWS = [...TROUBLESHOOTING.matchAll(/^\| \[.*?\]\(#([^)]+)\).* \| (.*)\|$/gm)].map(
  ([, anchor, alerts]) => ({
    anchor: anchor!,
    alerts: [...alerts!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
  }),
);

/** Symptoms that no metric shows. */
const WITHOUT_ALERT = [
  // One client is refused, rightly.
  'forbidden-for-mutations',
  // Probes of Kubernetes see it.
  'slow-start',
];

test('each alert leads to its entry, and each entry names its alerts', () => {
  expect(ROWS.map(({ anchor }) => anchor)).toEqual(ENTRIES);
  const byAlert = Object.fromEntries(
    ROWS.flatMap(({ anchor, alerts }) => alerts.map((name) => [name, anchor])),
  );
  expect(byAlert).toEqual(
    Object.fromEntries(
      ALERTS.map(({ alert, annotations }) => [
        alert,
        annotations.runbook_url.replace('docs/operations.md#', ''),
      ]),
    ),
  );
  expect(ROWS.filter(({ alerts }) => alerts.length === 0).map(({ anchor }) => anchor)).toEqual(WITHOUT_ALERT);
});

test('the page has the metrics of the gateway, and the alerts use these', async () => {
  // Metrics of Redis are there where one is named.
  const { url } = await startReplica({ REDIS_URL: 'redis://127.0.0.1:1' });
  const served = [...(await (await fetch(`${url}/metrics`)).text()).matchAll(/^# TYPE (\w+)/gm)].map(
    ([, name]) => name!,
  );
  const documented = metricsOnPage();
  expect(served.filter((name) => name.startsWith('gateway_')).toSorted()).toEqual(
    [...documented.keys()].toSorted(),
  );
  for (const { expr } of ALERTS) {
    expect(metricsOf(expr).filter((name) => !served.includes(name))).toEqual([]);
    expect(
      labelsOf(expr).filter(
        (name) => !metricsOf(expr).some((metric) => documented.get(metric)?.includes(name)),
      ),
    ).toEqual([]);
  }
});

test('memory is short at nine tenths of what the Deployment gives', () => {
  const { limits } = readYaml('kubernetes/base/deployment.yaml').spec.template.spec.containers[0].resources;
  const [, mebibytes] = /^(\d+)Mi$/.exec(limits.memory)!;
  expect(ALERTS.find(({ alert }) => alert === 'GatewayMemory')!.expr).toContain(
    `> ${Math.floor((0.9 * Number(mebibytes)) / 10) * 10} * 1024 * 1024`,
  );
});

test('the PrometheusRule has the same alerts', async () => {
  const [, groups] = /\n(groups:\n[^]*)$/.exec(readDeployed('monitoring/alerts.yaml'))!;
  const manifest = [
    '# The alerts of alerts.yaml for the Prometheus Operator: `npm run schema` makes it.',
    'apiVersion: monitoring.coreos.com/v1',
    'kind: PrometheusRule',
    'metadata:',
    '  name: vpc-endpoint-graph',
    'spec:',
    groups!.replaceAll(/^(?=.)/gm, '  '),
  ].join('\n');
  await expect(manifest).toMatchFileSnapshot('../../../deploy/monitoring/prometheus-rule.yaml');
});
