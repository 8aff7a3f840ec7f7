import { expect, test } from 'vitest';
import { ERROR_CODES, RETRYABLE } from '../../../src/errors/error-codes.ts';
import { Settings } from '../../../src/config/settings.ts';
import { readPage, replaceBlock } from '../../support/docs.ts';

const settingsTable = (): string => {
  const defaults = Settings.parse({}) as Record<string, string | number | undefined>;
  const rows = Object.entries(Settings.shape).map(
    ([name, shape]) =>
      `| \`${name}\` | ${shape.description} | ${defaults[name] === undefined ? '' : `\`${defaults[name]}\``} |`,
  );
  return ['| name | meaning | default |', '| --- | --- | --- |', ...rows].join('\n');
};

const errorTable = (): string => {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, meaning]) =>
      `| \`${code}\` | ${meaning} | ${RETRYABLE.has(code as keyof typeof ERROR_CODES) ? 'yes' : ''} |`,
  );
  return ['| code | means | worth another try |', '| --- | --- | --- |', ...rows].join('\n');
};

test.each([
  { page: 'docs/configuration.md', block: 'settings', table: settingsTable() },
  { page: 'docs/errors.md', block: 'error codes', table: errorTable() },
])('$page has the $block of the code', async ({ page, block, table }) => {
  await expect(replaceBlock(readPage(page), block, table)).toMatchFileSnapshot(`../../../${page}`);
});
