import SchemaBuilder, {
  BasePlugin,
  BaseTypeRef,
  type PothosInputFieldConfig,
  type PothosInputFieldType,
  type PothosOutputFieldConfig,
  type SchemaTypes,
} from '@pothos/core';
import { referencedTypes } from './opaque-ids.ts';

const PLUGIN = 'conventions';

declare global {
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      [PLUGIN]: Conventions<Types>;
    }
  }
}

const isIds = (type: PothosInputFieldType<SchemaTypes>): boolean =>
  type.kind === 'List' ? isIds(type.type) : type.ref instanceof BaseTypeRef && type.ref.name === 'ID';

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
    return field;
  }
}

SchemaBuilder.registerPlugin(PLUGIN, Conventions);
