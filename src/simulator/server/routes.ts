import { CONTROL_ROUTES } from '../control/control-routes.ts';
import { IAM_ROUTES } from '../iam/iam-routes.ts';
import { CREATE_ROUTES } from '../ims/create-routes.ts';
import { IMAGE_ROUTES } from '../ims/image-routes.ts';
import { READ_ROUTES } from '../ims/read-routes.ts';
import { createRouter } from './router.ts';

/** Every path of the clouds, and of the control API. */
export const findRoute = createRouter([
  ...IAM_ROUTES,
  ...CREATE_ROUTES,
  ...READ_ROUTES,
  ...IMAGE_ROUTES,
  ...CONTROL_ROUTES,
]);
