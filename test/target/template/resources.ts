import * as z from 'zod/mini'

/** A part of the template is not there, or does not lead to the next. */
export class NotWired extends Error {
  override readonly name = 'NotWired'
}

const template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.optional(z.unknown()) })),
})

const ref = z.strictObject({ Ref: z.string() })
const getAtt = z.strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) })
const join = z.strictObject({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) })
const sub = z.strictObject({ 'Fn::Sub': z.string() })
const named = z.object({ TableName: z.string() })

/** The account and Region in which the references of a template get their values. */
export const REGION = 'us-east-1'
const ACCOUNT = '111122223333'
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::URLSuffix': 'amazonaws.com',
}

/** The resources of a template, with what CloudFormation would make of the references among them. */
export class Resources {
  readonly #all: z.infer<typeof template>['Resources']

  /** @throws z.ZodError when it is no template. */
  constructor(json: unknown) {
    this.#all = template.parse(json).Resources
  }

  /** All of a type by their logical ids, read by a schema. */
  ofType<Out>(type: string, schema: z.ZodMiniType<Out>): ReadonlyMap<string, Out> {
    const found = Object.entries(this.#all).filter(([, { Type }]) => Type === type)
    return new Map(found.map(([id, { Properties }]) => [id, schema.parse(Properties)]))
  }

  /**
   * The text that a value becomes: of a table its name, of anything else an ARN or an id made of its logical id.
   * @throws NotWired for a reference to nothing, or one that is not known here.
   */
  text(value: unknown): string {
    if (typeof value === 'string') return value
    const joined = join.safeParse(value)
    if (joined.success) {
      const [between, parts] = joined.data['Fn::Join']
      return parts.map(part => this.text(part)).join(between)
    }
    const filled = sub.safeParse(value)
    if (filled.success)
      return filled.data['Fn::Sub'].replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => this.#nameOf(name))
    const referred = ref.safeParse(value)
    if (referred.success) return this.#nameOf(referred.data.Ref)
    const attribute = getAtt.safeParse(value)
    if (attribute.success) return this.#attributeOf(...attribute.data['Fn::GetAtt'])
    throw new NotWired(`What CloudFormation makes of this is not known here: ${JSON.stringify(value)}`)
  }

  #nameOf(id: string): string {
    const pseudo = PSEUDO[id]
    if (pseudo !== undefined) return pseudo
    const { Properties: properties } = this.#get(id)
    const table = named.safeParse(properties)
    return table.success ? table.data.TableName : id
  }

  #attributeOf(id: string, attribute: string): string {
    const [, service = ''] = this.#get(id).Type.toLowerCase().split('::')
    return attribute === 'Arn' ? arnOf(service, id) : `${id}.${attribute}`
  }

  #get(id: string) {
    const found = this.#all[id]
    if (found === undefined) throw new NotWired(`There is no ${id} in the template.`)
    return found
  }
}

/** Its kind is that of a function for Lambda, and of little interest for others. */
function arnOf(service: string, id: string): string {
  const kind = service === 'lambda' ? 'function:' : `${service}/`
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${kind}${id}`
}
