import { CONTROL_ROUTES } from '../control/control-routes.ts';
import { IAM_ROUTES } from '../iam/iam-routes.ts';
import { CREATE_ROUTES } from '../ims/create-routes.ts';
import { IMAGE_ROUTES } from '../ims/image-routes.ts';
import { MEMBER_ROUTES } from '../ims/member-routes.ts';
import { READ_ROUTES } from '../ims/read-routes.ts';
import { SCHEMA_ROUTES } from '../ims/schema-routes.ts';
import { TAG_ROUTES } from '../ims/tag-routes.ts';
import { createRouter } from './router.ts';
import { VERSION_ROUTES } from './version-routes.ts';

/** Every path of the clouds, and of the control API. */
export const findRoute = createRouter([
  ...IAM_ROUTES,
  ...CREATE_ROUTES,
  ...READ_ROUTES,
  ...IMAGE_ROUTES,
  ...TAG_ROUTES,
  ...MEMBER_ROUTES,
  ...SCHEMA_ROUTES,
  ...VERSION_ROUTES,
  ...CONTROL_ROUTES,
]);
