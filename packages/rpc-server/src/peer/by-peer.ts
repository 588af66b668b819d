/** Items held by peers, in order of arrival, over all peers and for each. */
export class ByPeer<T extends { readonly peerGroup: string }> {
  readonly #all = new Set<T>();
  readonly #groups = new Map<string, Set<T>>();

  get size(): number {
    return this.#all.size;
  }

  sizeOf(peerGroup: string): number {
    return this.#groups.get(peerGroup)?.size ?? 0;
  }

  add(item: T): void {
    this.#all.add(item);
    const group = this.#groups.get(item.peerGroup);
    if (group === undefined) this.#groups.set(item.peerGroup, new Set([item]));
    else group.add(item);
  }

  /** Harmless for an item that is not held. */
  delete(item: T): void {
    if (!this.#all.delete(item)) return;
    const group = this.#groups.get(item.peerGroup);
    group?.delete(item);
    if (group?.size === 0) this.#groups.delete(item.peerGroup);
  }

  /** The oldest first. */
  all(): Iterable<T> {
    return this.#all;
  }

  /** The oldest first. */
  of(peerGroup: string): Iterable<T> {
    return this.#groups.get(peerGroup) ?? [];
  }
}
