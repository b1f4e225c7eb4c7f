import { createElement, Element as XmlElement } from '@xmpp/xml'

/** An XML element as a tree. What stands in a stanza from outside is unknown: an attribute may be missing. */
export interface Element {
  readonly name: string
  readonly attrs: Record<string, string | undefined>
  readonly children: readonly (Element | string)[]
  /** For a stanza from the server: the header of its stream, which holds the default namespace. */
  readonly parent: Element | null
  /** Compares the name without its prefix, and the namespace when one is given. */
  is(name: string, xmlns?: string): boolean
  getName(): string
  getNS(): string | undefined
  getChild(name: string, xmlns?: string): Element | undefined
  getChildren(name: string, xmlns?: string): Element[]
  getChildElements(): Element[]
  getChildText(name: string, xmlns?: string): string | null
  getText(): string
  append(...children: (Element | string)[]): void
  /** The element as XML; text and attributes are escaped. */
  toString(): string
}

export type Attributes = Record<string, string | number | undefined>
type Node = Element | string | undefined
export type Child = Node | readonly Node[]

/** Builds an element. Attributes and children that are undefined are left out, numbers become text. */
export function xml(name: string, attributes: Attributes = {}, ...children: Child[]): Element {
  // The library deletes the empty ones from the object it is given.
  const element: Element = createElement(name, { ...attributes })
  element.append(...children.flat().filter(isContent))
  return element
}

function isContent(child: Node): child is Element | string {
  return child !== undefined && child !== ''
}

/** An element as the parser makes it: attributes in, no children yet. */
export function bareElement(
  name: string,
  attributes: Record<string, string>,
  parent: Element | null,
): Element {
  const element: Element & { parent: Element | null } = new XmlElement(name, attributes)
  element.parent = parent
  return element
}

const XML_TEXT = /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u

/**
 * Whether XML 1.0 can carry the text (its production `Char`): no control characters but tab, LF and CR, no U+FFFE,
 * no U+FFFF, no lone surrogate. A server ends the whole stream over a single one of them.
 */
export function isXmlText(text: string): boolean {
  return XML_TEXT.test(text)
}
