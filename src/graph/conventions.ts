import SchemaBuilder, {
  BasePlugin,
  BaseTypeRef,
  type PothosInputFieldConfig,
  type PothosInputFieldType,
  type PothosOutputFieldConfig,
  type FieldNullability,
  type InputFieldMap,
  type SchemaTypes,
  type TypeParam,
} from '@pothos/core';
import { referencedTypes } from './opaque-ids.ts';

const PLUGIN = 'conventions';

declare global {
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      [PLUGIN]: Conventions<Types>;
    }

    interface FieldOptions<
      // oxlint-disable-next-line no-unused-vars -- merged declarations need the same parameters
      Types extends SchemaTypes,
      ParentShape,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveShape,
      ResolveReturnShape,
    > {
      /** Of a root field: an operation that asks for it, with ids of the sandbox. It becomes a part of the description. */
      example?: string;
    }
  }
}

const isIds = (type: PothosInputFieldType<SchemaTypes>): boolean =>
  type.kind === 'List' ? isIds(type.type) : type.ref instanceof BaseTypeRef && type.ref.name === 'ID';

/** A text without its first and last line, and without the indentation of the others. */
const outdent = (text: string): string => {
  const [first = '', ...rest] = text.split('\n').slice(1, -1);
  const indentation = /^ */.exec(first)![0].length;
  return [first, ...rest].map((line) => line.slice(indentation)).join('\n');
};

/** Applies what holds for all fields, arguments and input fields of the graph. */
class Conventions<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onInputFieldConfig(field: PothosInputFieldConfig<Types>) {
    // The Relay plugin declares it as an `ID`, but it identifies nothing in the graph.
    if (field.name === 'clientMutationId' && field.type.kind === 'Scalar')
      return { ...field, type: { ...field.type, ref: 'String' as const } };
    const owner = field.kind === 'Arg' ? field.parentField : field.parentType;
    const types = isIds(field.type as PothosInputFieldType<SchemaTypes>)
      ? referencedTypes(String(owner), field.name)
      : [];
    if (types.length === 0) return field;
    const names = types.map((type) => `\`${type}\``).join(' or ');
    return { ...field, description: `${field.description} Also takes the \`id\` of the ${names}.` };
  }

  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>) {
    if (field.name === 'clientMutationId' && field.type.kind === 'Scalar')
      return { ...field, type: { ...field.type, ref: 'String' as const } };
    const { example } = field.pothosOptions as { example?: string };
    if (example === undefined) return field;
    return { ...field, description: `${field.description}\n\n\`\`\`graphql\n${outdent(example)}\n\`\`\`` };
  }
}

SchemaBuilder.registerPlugin(PLUGIN, Conventions);
