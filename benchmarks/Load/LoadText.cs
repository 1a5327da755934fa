using System.Globalization;
using System.Text;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>A report for people.</summary>
public static class LoadText
{
    public static string Of(LoadReport report)
    {
        var text = new StringBuilder();
        foreach (PhaseReport phase in report.Phases)
            Append(text, phase);
        Append(text, report.Verification);
        return text.ToString();
    }

    private static void Append(StringBuilder text, PhaseReport phase)
    {
        text.Append(CultureInfo.InvariantCulture,
            $"{phase.Phase.ToString().ToLowerInvariant(),-8} {phase.ConfirmedPerSecond,11:N0} confirmed/s  ");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{phase.DeliveredPerSecond,11:N0} delivered/s  over {phase.Seconds:N2} s");
        Append(text, "confirm", phase.ConfirmMs);
        Append(text, "end to end", phase.EndToEndMs);
        text.Append(CultureInfo.InvariantCulture,
            $"         processor s per million: generator {phase.GeneratorCpuSecondsPerMillion:N2}");
        if (phase.BrokerCpuSecondsPerMillion is { } broker)
            text.Append(CultureInfo.InvariantCulture, $", broker {broker:N2}; resident {phase.BrokerResidentMb:N0} MB");
        text.AppendLine();
    }

    private static void Append(StringBuilder text, string what, LatencyFigures? ms)
    {
        if (ms is null)
            return;
        text.Append(CultureInfo.InvariantCulture, $"         {what} ms: p50 {ms.P50:N2}  p99 {ms.P99:N2}  ");
        text.AppendLine(CultureInfo.InvariantCulture, $"p99.9 {ms.P999:N2}  max {ms.Max:N2}  mean {ms.Mean:N2}");
    }

    private static void Append(StringBuilder text, Verification found)
    {
        text.Append(CultureInfo.InvariantCulture,
            $"{(found.IsRight ? "right" : "WRONG"),-8} sent {found.Sent:N0}  confirmed {found.Confirmed:N0}  ");
        text.Append(CultureInfo.InvariantCulture,
            $"refused {found.Refused:N0}  unanswered {found.Unanswered:N0}  arrived {found.Distinct:N0}  ");
        text.Append(found.IsWhole
            ? string.Create(CultureInfo.InvariantCulture, $"missing {found.Missing:N0}  ")
            : "(not all was consumed)  ");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"twice {found.Twice:N0}  out of order {found.OutOfOrder:N0}  damaged {found.Damaged:N0}  "
            + $"redelivered {found.Redelivered:N0}");
        foreach (string fault in found.Faults)
            text.AppendLine(CultureInfo.InvariantCulture, $"         {fault}");
    }
}
