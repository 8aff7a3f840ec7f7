import { test } from 'vitest';
import { gateway } from '../support/gateway.ts';
test('quad', async () => {
  const { ask, url } = await gateway({ token: '' });
  const time = async (name: string, q: string) => {
    const s = performance.now();
    const a = await ask(q);
    console.log(name, Math.round(performance.now() - s), JSON.stringify(a).slice(0, 200));
  };
  await time('warm', '{__typename}');
  await time('same field', `{ ${'__typename '.repeat(9900)} }`);
  await time('same field args', `{ ${'clusters(first:1) { totalCount } '.repeat(900)} }`);
  await time(
    'aliases',
    `{ ${Array.from({ length: 1200 }, (_, i) => `a${i}: clusters(first:1) { totalCount }`).join(' ')} }`,
  );
  await time(
    'fragments',
    `{ ${'...f '.repeat(2000)} } fragment f on Query { ${'...g '.repeat(2000)} } fragment g on Query { __typename }`,
  );
  await time('nested same', `{ ${'__schema{types{name}} '.repeat(1000)} }`);
  await time('inline', `{ ${'...{__typename} '.repeat(2400)} }`);
  await time(
    'frag pairs',
    `{ ${Array.from({ length: 800 }, (_, i) => `...f${i}`).join(' ')} } ${Array.from({ length: 800 }, (_, i) => `fragment f${i} on Query { x${i}: __typename }`).join(' ')}`,
  );
  await time('dup directives', `{ __typename ${'@include(if:true) '.repeat(1500)} }`);
  await time('unknown fields', `{ ${Array.from({ length: 9000 }, (_, i) => `cluste${i}`).join(' ')} }`);
  await time(
    'unused vars',
    `query (${Array.from({ length: 1500 }, (_, i) => `$a${i}:Int`).join(' ')}) { __typename }`,
  );
  void url;
}, 100000);
