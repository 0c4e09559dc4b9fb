/** Of `htm/preact/standalone.module.js`, which the build puts beside the page: what the page uses. */
export interface VNode {
  readonly type: unknown;
}

/** What may stand in an element. */
export type Child = VNode | string | number | boolean | null | undefined | readonly Child[];

/** Elements. Values become text, attributes and listeners, never markup. */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): VNode;
/** A component, whose properties are checked, which those in `html` are not. */
export function h<Props extends object>(
  component: (props: Props) => Child,
  props: Props & { readonly key?: string | number },
): VNode;
export function render(tree: VNode, parent: Element): void;

export type SetState<State> = (next: State | ((before: State) => State)) => void;
export function useState<State>(initial: State | (() => State)): [State, SetState<State>];
/** Runs after painting, and again when one of `inputs` has changed; what it gives runs before that, and at the end. */
export function useEffect(effect: () => (() => void) | undefined, inputs: readonly unknown[]): void;
export function useMemo<Value>(make: () => Value, inputs: readonly unknown[]): Value;
export function useRef<Value>(initial: Value): { current: Value };
