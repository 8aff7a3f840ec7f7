import { readPage } from './docs.ts';

/** Names that are no metrics: functions, aggregations and keywords. */
const WORDS = new Set(
  'sum max min count by rate increase changes histogram_quantile absent vector or and unless offset on ignoring'.split(
    ' ',
  ),
);

/** What a scrape adds, and what histograms have. */
const SCRAPED = new Set(['job', 'instance', 'le']);

const withoutTexts = (expr: string): string => expr.replaceAll(/"[^"]*"/g, '""');

/** The metrics that an expression reads, without the suffix of a histogram's series, and without `up`. */
export const metricsOf = (expr: string): string[] => {
  const bare = withoutTexts(expr)
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\bby \([^)]*\)/g, ' ')
    .replaceAll(/\boffset \w+/g, ' ');
  const names = [...bare.matchAll(/\b[a-z_][a-z0-9_]*/gi)].map(([name]) => name);
  return [...new Set(names.filter((name) => !WORDS.has(name) && name !== 'up'))].map((name) =>
    name.replace(/_(bucket|count|sum)$/, ''),
  );
};

/** The labels by which an expression selects or groups, but for those that a scrape adds. */
export const labelsOf = (expr: string): string[] => {
  const bare = withoutTexts(expr);
  const selected = [...bare.matchAll(/(\w+)(?:=~|!~|!=|=)""/g)].map(([, name]) => name!);
  const grouped = [...bare.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names]) => names!.split(/, */));
  return [...new Set([...selected, ...grouped])].filter((name) => !SCRAPED.has(name));
};

/** The table of metrics on the page for operators: the labels of each. */
export const metricsOnPage = (): Map<string, string[]> => {
  const [, section = ''] = readPage('docs/operations.md').split('\n## Metrics\n');
  const rows = [...section.split('\n## ')[0]!.matchAll(/^\| (`gateway_.*?) \| (.*?) \|/gm)];
  return new Map(
    rows.flatMap(([, names, labels]) =>
      [...names!.matchAll(/`(\w+)`/g)].map(
        ([, name]) => [name!, [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!)] as const,
      ),
    ),
  );
};
