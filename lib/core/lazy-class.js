'use strict';

/** @typedef {abstract new (...args: any[]) => any} Class */

/**
 * Classes whose modules are loaded.
 *
 * @type {Map<string, Class>}
 */
const classes = new Map();

/**
 * What becomes of the stand-ins of the others, once they are.
 *
 * @type {Map<string, (Class: Class) => void>}
 */
const waiting = new Map();

/**
 * A stand-in for a class, which is what users have of it, by `import` as by `require`. To the first who
 * uses it the class is loaded, and from then on it has all that the class has; its instances are those
 * of the class, and say that it is their constructor.
 *
 * @param {string} name
 * @param {() => Record<string, any>} load the module, which has to tell of its classes
 * @returns {any}
 */
function lazyClass(name, load) {
  // Declared like this it can be constructed, and be given another prototype.
  function standIn() {}
  Object.defineProperty(standIn, 'name', { value: name, configurable: true });
  /** @type {Record<string, (...args: any[]) => unknown>} */
  const traps = {};
  const proxy = new Proxy(standIn, traps);

  /** @param {Class} Class */
  const become = (Class) => {
    for (const trap of Object.keys(traps)) delete traps[trap];
    traps.construct = (_, ...how) => Reflect.construct(Class, .../** @type {[any]} */ (how));
    traps.apply = (_, ...how) => Reflect.apply(Class, .../** @type {[any, any]} */ (how));
    Class.prototype.constructor = proxy;
    Object.setPrototypeOf(standIn, Object.getPrototypeOf(Class));
    Object.defineProperties(standIn, Object.getOwnPropertyDescriptors(Class));
  };

  const known = classes.get(name);
  if (known === undefined) {
    waiting.set(name, become);
    for (const trap of Object.getOwnPropertyNames(Reflect)) {
      traps[trap] = (...how) => {
        load();
        return /** @type {any} */ (Reflect)[trap](proxy, ...how.slice(1));
      };
    }
  } else become(known);
  return proxy;
}

/**
 * Told by a module of classes that it is loaded.
 *
 * @template {Record<string, Class>} Loaded
 * @param {Loaded} loaded by their names
 * @returns {Loaded}
 */
function loadedClasses(loaded) {
  for (const [name, Class] of Object.entries(loaded)) {
    classes.set(name, Class);
    waiting.get(name)?.(Class);
    waiting.delete(name);
  }
  return loaded;
}

module.exports = { lazyClass, loadedClasses };
