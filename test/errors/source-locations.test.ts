import * as fc from 'fast-check';
import { getLocation, GraphQLError, parse, Source, visit } from 'graphql';
import { expect, test } from 'vitest';
import {
  bytesOfDocument,
  locationsOf,
  createLocator,
  withOffsetsOnly,
} from '../../src/errors/source-locations.ts';

test('lines and columns are those that graphql finds, whatever ends the lines', () => {
  const text = fc.array(fc.constantFrom('a', 'é', '😀', '\n', '\r', '\r\n', '\u2028'), { maxLength: 40 });
  fc.assert(
    fc.property(text, (parts) => {
      const body = parts.join('');
      const locate = createLocator(body);
      for (let offset = 0; offset <= body.length; offset += 1) {
        // Between the two characters of one line end graphql has a column of its own; nothing begins there.
        if (body[offset] === '\n' && body[offset - 1] === '\r') continue;
        expect(locate(offset)).toEqual(getLocation(new Source(body), offset));
      }
    }),
  );
});

test('every node of a document has its place in the text, and no tokens', () => {
  const text =
    '\n\nquery A($id: ID!) {\r\n  cluster(clusterId: $id) { name ...f }\n}\nfragment f on Cluster { id }';
  const known = parse(text);
  const light = withOffsetsOnly(parse(text));
  const placesOf = (document: typeof light, place: (error: GraphQLError) => unknown): unknown[] => {
    const places: unknown[] = [];
    visit(document, { enter: (node) => void places.push(place(new GraphQLError('', { nodes: node }))) });
    return places;
  };
  const locate = createLocator(text);
  expect(placesOf(light, (error) => locationsOf(error, locate))).toEqual(
    placesOf(known, (error) => error.locations),
  );
  expect(JSON.stringify(light)).not.toContain('prev');
});

test('a document takes more bytes the more nodes and text it has', () => {
  const bytes = (text: string) => bytesOfDocument(withOffsetsOnly(parse(text)));
  expect(bytes('{ a b }')).toBeGreaterThan(bytes('{ a }') + 260);
  expect(bytes(`{ a }${' '.repeat(1_000)}`)).toBeGreaterThanOrEqual(bytes('{ a }') + 2_000);
});
