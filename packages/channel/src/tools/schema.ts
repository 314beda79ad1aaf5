/** The JSON Schema of a tool's arguments, and the TypeScript type it stands for. */

/** The part of JSON Schema that tools need; further keywords (`minLength`, `pattern`, …) pass and are checked too. */
export type Schema = {
  readonly type?: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object'
  readonly description?: string
  readonly enum?: readonly (string | number | boolean)[]
  readonly items?: Schema
  readonly properties?: { readonly [name: string]: Schema }
  readonly required?: readonly string[]
  readonly [keyword: string]: unknown
}

/** The schema of a tool: MCP calls tools with named arguments only. */
export type ObjectSchema = Schema & { readonly type: 'object' }

/** What {@link Schema} lets through. */
export type Value<S> = S extends { readonly enum: readonly (infer Choice)[] }
  ? Choice
  : S extends { readonly type: 'string' }
    ? string
    : S extends { readonly type: 'number' | 'integer' }
      ? number
      : S extends { readonly type: 'boolean' }
        ? boolean
        : S extends { readonly type: 'array' }
          ? readonly Value<S extends { readonly items: infer Item } ? Item : unknown>[]
          : S extends { readonly type: 'object' }
            ? ObjectValue<S extends { readonly properties: infer Properties } ? Properties : object, RequiredKeys<S>>
            : unknown

type RequiredKeys<S> = S extends { readonly required: readonly (infer Key)[] } ? Key : never

type ObjectValue<Properties, Required> = {
  readonly [Key in keyof Properties as Key extends Required ? Key : never]: Value<Properties[Key]>
} & { readonly [Key in keyof Properties as Key extends Required ? never : Key]?: Value<Properties[Key]> }
