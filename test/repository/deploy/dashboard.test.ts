import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { hasPromtool, promtool, readDeployed, readYaml } from '../../support/deploy.ts';
import { labelsOf, metricsOf, metricsOnPage } from '../../support/promql.ts';

const datasource = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('${datasource}') });
const Panel = z.strictObject({
  id: z.int(),
  type: z.enum(['stat', 'timeseries']),
  title: z.string(),
  datasource,
  gridPos: z.strictObject({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  fieldConfig: z.strictObject({
    defaults: z.strictObject({
      unit: z.enum(['none', 'reqps', 'cps', 's', 'bytes', 'percentunit']),
      min: z.literal(0).optional(),
    }),
    overrides: z.array(z.never()),
  }),
  targets: z.array(
    z.strictObject({ refId: z.string(), expr: z.string(), legendFormat: z.string().optional() }),
  ),
});
const Dashboard = z.strictObject({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.int(),
  editable: z.boolean(),
  refresh: z.string(),
  time: z.strictObject({ from: z.string(), to: z.string() }),
  templating: z.strictObject({
    list: z.array(
      z.strictObject({
        name: z.literal('datasource'),
        type: z.literal('datasource'),
        query: z.literal('prometheus'),
        label: z.string(),
      }),
    ),
  }),
  panels: z.array(Panel),
});

const { panels } = Dashboard.parse(JSON.parse(readDeployed('monitoring/dashboard.json')));
const TARGETS = panels.flatMap(({ title, targets }) =>
  targets.map(({ expr, legendFormat }) => ({ title, expr, legendFormat })),
);

test('every panel has a place and an id of its own', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
    expect(x + w).toBeLessThanOrEqual(24);
    return Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`);
  });
  expect(new Set(cells).size).toBe(cells.length);
});

test('the panels show metrics and labels that the page for operators has', () => {
  const documented = metricsOnPage();
  const ofProcess = /^(process|nodejs)_/;
  const read = TARGETS.flatMap(({ expr }) => metricsOf(expr)).filter((name) => !ofProcess.test(name));
  expect(read.filter((name) => !documented.has(name))).toEqual([]);
  for (const { title, expr } of TARGETS) {
    const known = metricsOf(expr).flatMap((name) => documented.get(name) ?? []);
    expect({ title, unknown: labelsOf(expr).filter((name) => !known.includes(name)) }).toEqual({
      title,
      unknown: [],
    });
  }
});

test('every metric of the gateway is on a panel', () => {
  const shown = new Set(TARGETS.flatMap(({ expr }) => metricsOf(expr)));
  expect([...metricsOnPage().keys()].filter((name) => !shown.has(name))).toEqual([]);
});

test('a legend names labels by which its panel groups', () => {
  for (const { expr, legendFormat = '' } of TARGETS) {
    const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!);
    expect(named.filter((name) => name !== 'instance' && !labelsOf(expr).includes(name))).toEqual([]);
  }
});

test('every alert can be seen: what it reads is on a panel', () => {
  const shown = new Set(TARGETS.flatMap(({ expr }) => metricsOf(expr)));
  const rules = readYaml('monitoring/alerts.yaml').groups[0].rules as { expr: string }[];
  const read = rules
    .flatMap(({ expr }) => metricsOf(expr))
    .filter((name) => name !== 'process_start_time_seconds');
  expect(read.filter((name) => !shown.has(name))).toEqual([]);
});

test.skipIf(!hasPromtool)('promtool accepts every expression (skipped where there is no promtool)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const rules = TARGETS.map(({ expr }, i) => ({
    record: `panel:${i}`,
    expr: expr.replaceAll('$__rate_interval', '1m'),
  }));
  const file = join(folder, 'rules.yaml');
  writeFileSync(file, stringify({ groups: [{ name: 'panels', rules }] }));
  expect(promtool('check', 'rules', file)).toMatchObject({ status: 0 });
  writeFileSync(file, stringify({ groups: [{ name: 'panels', rules: [{ record: 'x', expr: 'sum(' }] }] }));
  expect(promtool('check', 'rules', file).status).not.toBe(0);
});
