using Cmq.MultiProtocol.Host.Configuration;

namespace Cmq.MultiProtocol.Host.Tests.Configuration;

public sealed class SettingsPageTests
{
    [Fact]
    public void The_operations_page_has_a_row_for_every_setting_as_it_is()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));

        foreach (Setting setting in Settings.All.Where(setting => setting.Kind != SettingKind.NotYet))
        {
            string fallback = setting.Default.Length == 0 ? "" : $"`{setting.Default}`";
            Assert.Contains($"| `{setting.Key}` | {fallback} | {setting.Meaning} |", page, StringComparison.Ordinal);
        }
    }
}
