import { globSync, readFileSync } from 'node:fs';
import { Kind, parse } from 'graphql';

const ROOT = new URL('../../', import.meta.url);

/** Pages for readers, by their path from the root of the repository. */
const PATHS = globSync(['*.md', 'docs/*.md', 'bench/*.md', 'deploy/*.md'], { cwd: ROOT }).toSorted();

/** The text of a page. */
export const readPage = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

export const PAGES: ReadonlyMap<string, string> = new Map(PATHS.map((path) => [path, readPage(path)]));

/** The anchor that GitHub gives a heading. */
export const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

/** A fenced block of a page. */
export interface Block {
  page: string;
  language: string;
  text: string;
  /** Its first line, to tell it from others. */
  title: string;
}

/** Every block, in the order of the pages. */
export const allBlocks = (): Block[] =>
  [...PAGES].flatMap(([page, content]) =>
    [...content.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language, text]) => ({
      page,
      language: language!,
      text: text!,
      title: text!.split('\n')[0]!,
    })),
  );

export const blocksIn = (...languages: string[]): Block[] =>
  allBlocks().filter(({ language }) => languages.includes(language));

/** A GraphQL operation on a page. */
interface PublishedOperation {
  page: string;
  name: string;
  text: string;
}

/** Every GraphQL operation on a page. Blocks of type definitions and of fragments are left out. */
export const publishedOperations = (): PublishedOperation[] =>
  blocksIn('graphql').flatMap(({ page, text }) => {
    const [first] = parse(text).definitions;
    if (first?.kind !== Kind.OPERATION_DEFINITION) return [];
    return [{ page, name: first.name?.value ?? 'the query', text }];
  });

/** Replaces the text between `<!-- name -->` and `<!-- /name -->`. */
export const replaceBlock = (text: string, name: string, content: string): string =>
  text.replace(
    new RegExp(`(<!-- ${name} -->)[^]*(<!-- /${name} -->)`),
    (_, open, close) => `${open}\n\n${content}\n\n${close}`,
  );
