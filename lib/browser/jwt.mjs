// The same function as `require('perennial-sse/jwt')` gives here.
import jwt from './jwt.js';

export const { jwtAuthorizer } = jwt;
