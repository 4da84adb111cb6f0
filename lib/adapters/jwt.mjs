// The same function as `require('perennial-sse/jwt')` gives.
import jwt from './jwt.js';

export const { jwtAuthorizer } = jwt;
