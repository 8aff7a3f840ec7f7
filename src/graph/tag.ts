import { builder } from './builder.ts';

export const ResourceTag = builder.objectRef<{ key: string; value: string | null }>('ResourceTag').implement({
  shareable: true,
  description: 'A label put on a resource by its owner.',
  fields: (t) => ({
    key: t.exposeString('key', { nullable: false, description: 'Key of the tag.' }),
    value: t.exposeString('value', { description: 'Value of the tag; null where it has none.' }),
  }),
});
