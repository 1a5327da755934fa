using System.Reflection;
using System.Text;

namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>What <c>--help</c> and <c>--version</c> print.</summary>
internal static class HelpText
{
    /// <summary>Name and version.</summary>
    public static string Version
    {
        get
        {
            string version = typeof(HelpText).Assembly
                .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
            return $"cmqd {version.Split('+')[0]}";
        }
    }

    /// <summary>Every key with its default and meaning.</summary>
    public static string Help
    {
        get
        {
            var text = new StringBuilder()
                .AppendLine($"{Version}: a message broker for stock RabbitMQ (AMQP 0-9-1), MQTT, RocketMQ and Tencent CMQ HTTP")
                .AppendLine("clients")
                .AppendLine()
                .AppendLine("usage: cmqd [--Key=value ...] | --help | --version")
                .AppendLine()
                .AppendLine("Values come from appsettings.json beside the executable, then from the one in the working")
                .AppendLine("directory, then from the environment (CMQ_Amqp__Listen=...), then from the command line.")
                .AppendLine("A listener's port 0 takes a free port; an empty value switches the listener off.")
                .AppendLine();
            var shown = Settings.All.Where(setting => setting.Kind != SettingKind.NotYet).ToList();
            int keyWidth = shown.Max(setting => setting.Key.Length);
            int defaultWidth = shown.Max(setting => setting.Default.Length);
            foreach (Setting setting in shown)
                text.AppendLine($"  --{setting.Key.PadRight(keyWidth)}  {setting.Default.PadRight(defaultWidth)}  "
                    + setting.Meaning);
            return text
                .AppendLine()
                .AppendLine("exit codes: 0 stopped when asked, 1 could not start or had to stop, 2 wrong configuration,")
                .AppendLine("            3 damaged data directory")
                .ToString();
        }
    }
}
