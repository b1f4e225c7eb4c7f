import type { Template } from 'aws-cdk-lib/assertions'
import * as z from 'zod/mini'

/** A statement of a policy in a template, with its lists as lists. */
export interface Statement {
  readonly effect: string
  readonly actions: readonly string[]
  /** As JSON: mostly references. */
  readonly resources: readonly string[]
  readonly principal: string
  readonly condition: unknown
}

const oneOrMore = z.pipe(
  z.union([z.array(z.unknown()), z.unknown()]),
  z.transform((value): readonly unknown[] => (Array.isArray(value) ? value : [value])),
)

const document = z.object({
  Statement: z.array(
    z.object({
      Effect: z.string(),
      Action: oneOrMore,
      Resource: z.optional(oneOrMore),
      Principal: z.optional(z.unknown()),
      Condition: z.optional(z.unknown()),
    }),
  ),
})

export function statementsIn(policy: unknown): readonly Statement[] {
  return document.parse(policy).Statement.map(({ Effect, Action, Resource, Principal, Condition }) => ({
    effect: Effect,
    actions: Action.map(String),
    resources: (Resource ?? []).map(resource => JSON.stringify(resource)),
    principal: JSON.stringify(Principal ?? null),
    condition: Condition,
  }))
}

const attached = z.object({
  Properties: z.object({ PolicyDocument: z.unknown(), Roles: z.array(z.object({ Ref: z.string() })) }),
})

const withInline = z.object({
  Properties: z.object({ Policies: z.optional(z.array(z.object({ PolicyDocument: z.unknown() }))) }),
})

/** What the policies say of each role, its own and those attached to it, by the role's logical id. */
export function statementsByRole(template: Template): ReadonlyMap<string, readonly Statement[]> {
  const byRole = new Map<string, readonly Statement[]>()
  for (const [role, resource] of Object.entries(template.findResources('AWS::IAM::Role'))) {
    const { Policies = [] } = withInline.parse(resource).Properties
    byRole.set(
      role,
      Policies.flatMap(({ PolicyDocument }) => statementsIn(PolicyDocument)),
    )
  }
  for (const resource of Object.values(template.findResources('AWS::IAM::Policy'))) {
    const { PolicyDocument, Roles } = attached.parse(resource).Properties
    for (const { Ref: role } of Roles)
      byRole.set(role, [...(byRole.get(role) ?? []), ...statementsIn(PolicyDocument)])
  }
  return byRole
}

/** Those of the roles whose id has a word in it. */
export function statementsOf(template: Template, word: string): readonly Statement[] {
  return [...statementsByRole(template)].flatMap(([role, statements]) =>
    role.includes(word) ? statements : [],
  )
}
