/** Generates the types of GraphQL Code Generator's client preset: `node generate.js <schema> <document> <folder>`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import { preset } from '@graphql-codegen/client-preset';
import { buildSchema, parse } from 'graphql';

const [schemaFile, documentFile, folder] = process.argv.slice(2);
const schemaAst = buildSchema(readFileSync(schemaFile, 'utf8'));
const sources = [...readFileSync(documentFile, 'utf8').matchAll(/graphql\(`([^`]+)`\)/g)].map(
  ([, text]) => text,
);

const sections = await preset.buildGeneratesSection({
  baseOutputDir: `${folder}/`,
  schema: parse(readFileSync(schemaFile, 'utf8')),
  schemaAst,
  documents: sources.map((rawSDL) => ({ document: parse(rawSDL), location: documentFile, rawSDL })),
  config: {
    scalars: { DateTime: 'string' },
    strictScalars: true,
    enumsAsTypes: true,
    useTypeImports: true,
    importExtension: '.ts',
  },
  presetConfig: {},
  pluginMap: {},
  plugins: [],
});
mkdirSync(folder, { recursive: true });
for (const section of sections) writeFileSync(join(section.filename), await codegen(section));
