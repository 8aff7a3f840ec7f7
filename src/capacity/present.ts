/** Something that can be present. It is so in one collection at most. */
interface Placed {
  /** Its place in the collection; -1 where it is in none. */
  place: number;
}

/**
 * The things that are present now, such as the requests that run, in no order. They come and go with requests, and outlive none: each
 * table that V8 has replaced while a `Set` changed keeps what was in it, and all later tables, until the next major garbage collection.
 */
export class Present<T extends Placed> implements Iterable<T> {
  private readonly all: T[] = [];

  get size(): number {
    return this.all.length;
  }

  add(one: T): void {
    one.place = this.all.length;
    this.all.push(one);
  }

  /** Removes something; without effect if it is not there any more. */
  delete(one: T): void {
    const { place } = one;
    if (place < 0) return;
    const last = this.all.pop()!;
    if (last !== one) {
      this.all[place] = last;
      last.place = place;
    }
    one.place = -1;
  }

  /** Iterates over what is there now: others may come and go meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.all].values();
  }
}
