import { describe, expect, test } from 'vitest';
import { loadCloudConfig } from '../../src/shared/config/cloud/load-cloud.ts';
import { dialectOf } from '../../src/shared/dialect/regions.ts';
import { issuesOf } from '../support/config-issues.ts';
import { textFile } from '../support/manifest-file.ts';

const AUTH = {
  OS_USERNAME: 'me',
  OS_PASSWORD: 'pw',
  OS_USER_DOMAIN_NAME: 'OTC1',
  OS_PROJECT_NAME: 'eu-de_team',
};
const LOCAL = { ...AUTH, OS_AUTH_URL: 'http://127.0.0.1:1/v3' };

describe('which of the two clouds it is', () => {
  test.each([
    ['https://iam.eu-de.otc.t-systems.com/v3', undefined, 'otc'],
    ['https://iam-pub.eu-ch2.sc.otc.t-systems.com/v3', undefined, 'otc'],
    ['https://iam.cn-north-4.myhuaweicloud.com/v3', undefined, 'huawei'],
    ['https://iam.myhuaweicloud.eu/v3', 'eu-west-101', 'huawei'],
    ['https://iam.eu-de.otc.t-systems.com/v3', 'cn-north-4', 'otc'],
    ['https://iam.own.test/v3', 'la-south-2', 'huawei'],
    ['https://iam.own.test/v3', 'eu-nl', 'otc'],
    ['http://127.0.0.1:1/v3', undefined, 'otc'],
    ['', 'ap-southeast-3', 'huawei'],
    ['https://myhuaweicloud.com.example.test/v3', undefined, 'otc'],
  ])('%s in region %s is %s', (authUrl, region, is) => {
    expect(dialectOf(authUrl, region)).toBe(is);
  });

  test('is what IMS_FERRY_DIALECT says, whatever the host', async () => {
    const { dialect } = await loadCloudConfig({ env: { ...LOCAL, IMS_FERRY_DIALECT: 'huawei' } });
    expect(dialect).toBe('huawei');
  });

  test('follows the region that the project is named after', async () => {
    const env = { ...LOCAL, OS_PROJECT_NAME: 'cn-north-4_team' };
    expect((await loadCloudConfig({ env })).dialect).toBe('huawei');
  });

  test('has no third word', async () => {
    const issues = await issuesOf(() =>
      loadCloudConfig({ env: { ...LOCAL, IMS_FERRY_DIALECT: 'aws' } }),
    );
    expect(issues).toEqual(['IMS_FERRY_DIALECT is "aws"; expected one of otc, huawei']);
  });
});

describe('the enterprise project', () => {
  test.each(['0', 'all_granted_eps', '12345678-90ab-4cde-8f01-234567890abc'])(
    'may be %s',
    async (id) => {
      const env = { ...LOCAL, IMS_FERRY_ENTERPRISE_PROJECT_ID: id };
      expect((await loadCloudConfig({ env })).enterpriseProjectId).toBe(id);
    },
  );

  test('may be set in clouds.yaml', async () => {
    const text =
      'clouds:\n  a:\n    enterprise_project_id: 0\n    auth: {auth_url: https://a.test, token: t}\n';
    const file = await textFile('clouds.yaml', text);
    const env = { OS_CLIENT_CONFIG_FILE: file, OS_CLOUD: 'a' };
    expect((await loadCloudConfig({ env })).enterpriseProjectId).toBe('0');
  });

  test('is no name', async () => {
    const env = { ...LOCAL, IMS_FERRY_ENTERPRISE_PROJECT_ID: 'team' };
    const issues = await issuesOf(() => loadCloudConfig({ env }));
    expect(issues.join()).toContain('IMS_FERRY_ENTERPRISE_PROJECT_ID is "team"; expected a UUID');
  });
});
