import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minifyIntrospection, outputIntrospectionFile } from 'gql.tada/internal';
import { buildSchema, introspectionFromSchema } from 'graphql';
import { describe, expect, onTestFinished, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const FIXTURES = join(import.meta.dirname, 'typed');
const OWN_PACKAGES = join(ROOT, 'node_modules');
/** The packages of the generators: `npm ci` in the folder of the fixtures installs them. */
const PACKAGES = join(FIXTURES, 'node_modules');
const CONTRACT = readFileSync(join(ROOT, 'schema/api.graphql'), 'utf8');

const OPTIONS =
  '--ignoreConfig --noEmit --strict --noUncheckedIndexedAccess --skipLibCheck --target esnext --module nodenext --allowImportingTsExtensions';

/** Runs a program of a package: what it says if it fails, else nothing. */
const run = (cwd: string, program: string, ...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd,
    encoding: 'utf8',
  });
  return status === 0 ? '' : `${stdout}${stderr}` || 'It failed.';
};

/** A folder with the schema and a copy of a program, in which packages are found. It is removed at the end of the test. */
const copyProgram = (name: 'app' | 'relay', schema: string, packages: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'typed-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(join(FIXTURES, name), folder, { recursive: true });
  symlinkSync(packages, join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'schema.graphql'), schema);
  return folder;
};

const compile = (folder: string): string =>
  run(folder, join(OWN_PACKAGES, 'typescript/bin/tsc'), ...OPTIONS.split(' '), 'questions.ts');

/** What is wrong with the program, as each client sees it; nothing if it compiles. */
const CLIENTS: Record<string, (schema: string) => string> = {
  'gql.tada': (schema) => {
    const folder = copyProgram('app', schema, OWN_PACKAGES);
    cpSync(join(folder, 'graphql.tada.ts'), join(folder, 'graphql.ts'));
    const introspection = minifyIntrospection(introspectionFromSchema(buildSchema(schema)));
    const types = outputIntrospectionFile(introspection, { fileType: '.d.ts', shouldPreprocess: true });
    writeFileSync(join(folder, 'introspection.ts'), types);
    return compile(folder);
  },
  'GraphQL Code Generator': (schema) => {
    const folder = copyProgram('app', schema, PACKAGES);
    cpSync(join(folder, 'graphql.codegen.ts'), join(folder, 'graphql.ts'));
    const generator = join(FIXTURES, 'generate.js');
    return run(folder, generator, 'schema.graphql', 'questions.ts', 'gql') || compile(folder);
  },
  Relay: (schema) => {
    const folder = copyProgram('relay', schema, PACKAGES);
    mkdirSync(join(folder, '__generated__'));
    const config = {
      src: '.',
      schema: './schema.graphql',
      language: 'typescript',
      eagerEsModules: true,
      artifactDirectory: './__generated__',
      customScalarTypes: { DateTime: 'string' },
      requireCustomScalarTypes: true,
    };
    writeFileSync(join(folder, 'relay.config.json'), JSON.stringify(config));
    return run(folder, join(PACKAGES, 'relay-compiler/cli.js'), 'relay.config.json') || compile(folder);
  },
};

/** Fields that the program uses, each with a name that it does not know. */
const RENAMED = [
  ['Query.accessFor', /^ {2}accessFor\(/m, '  accessOf('],
  ['Connection.failures', /(?<=^type Connection [^]*?)^ {2}failures:/m, '  reasons:'],
  ['Cluster.connectionCounts', /(?<=^type Cluster [^]*?)^ {2}connectionCounts:/m, '  countsByStatus:'],
  ['AddPermissionsInput.principals', /(?<=^input AddPermissionsInput [^]*?)^ {2}principals:/m, '  accounts:'],
] as const;

describe.each(Object.entries(CLIENTS))('%s', (client, problems) => {
  const isMissing = client !== 'gql.tada' && !existsSync(PACKAGES);
  test.skipIf(isMissing)(
    'compiles a program with all questions (needs `npm ci` in test/clients/typed)',
    () => {
      expect(problems(CONTRACT)).toBe('');
    },
  );

  test.skipIf(isMissing).each(RENAMED)('notices that %s has another name', (_field, before, after) => {
    const renamed = CONTRACT.replace(before, after);
    expect(renamed).not.toBe(CONTRACT);
    expect(problems(renamed)).not.toBe('');
  });
});
