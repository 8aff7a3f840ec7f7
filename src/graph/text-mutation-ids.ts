import SchemaBuilder, {
  BasePlugin,
  type PothosInputFieldConfig,
  type PothosOutputFieldConfig,
  type SchemaTypes,
} from '@pothos/core';

const PLUGIN = 'textMutationIds';

declare global {
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      [PLUGIN]: TextMutationIds<Types>;
    }
  }
}

/** Makes `clientMutationId`, which the Relay plugin declares as an `ID`, a `String`: it identifies nothing in the graph. */
class TextMutationIds<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onInputFieldConfig(field: PothosInputFieldConfig<Types>) {
    if (field.name === 'clientMutationId' && field.type.kind === 'Scalar')
      return { ...field, type: { ...field.type, ref: 'String' as const } };
    return field;
  }

  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>) {
    if (field.name === 'clientMutationId' && field.type.kind === 'Scalar')
      return { ...field, type: { ...field.type, ref: 'String' as const } };
    return field;
  }
}

SchemaBuilder.registerPlugin(PLUGIN, TextMutationIds);
