using System.Globalization;
using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.RocketMq;

/// <summary>Sends what real 4.1.0 and 4.9.8 Java clients, mqadmin and ali-ons sent to real servers, request
/// by request, to a broker of one data group, and compares the answers with the real ones: every field that
/// does not depend on time, host or state (<see cref="Mask"/> lists what does).</summary>
public sealed class ReplayTests(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>A recorded wait of a pull, and some.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<(string Client, bool IsToNameServer), ReplayClient> _clients = [];
    private readonly List<string> _differences = [];

    /// <summary>Positions that the real brokers gave, and ours in their place.</summary>
    private readonly Dictionary<long, long> _positions = [];

    private BrokerProcess? _broker;

    /// <summary>One topic was there before the recording: ali-ons cannot make its own.</summary>
    public async Task InitializeAsync()
    {
        _broker = await BrokerProcess.StartAsync(new BrokerSettings { Arguments = ["--Cluster:DataGroups=1"] });
        using ReplayClient administrator = await ReplayClient.ConnectAsync(_broker.RocketMqPort);
        var topic = new CreateTopicRequest("T_ONS", "TBW102", 2, 2, 6, "SINGLE_TAG", 0, false);
        await administrator.SendAsync(new RocketMqCommand((int)RocketMqRequestCode.UpdateAndCreateTopic, 1, 0)
        {
            Fields = RocketMqFields.Of(topic),
        });
        Assert.Equal(0, (await administrator.AnswerAsync(1, Patience)).Code);
    }

    public async Task DisposeAsync()
    {
        foreach (ReplayClient client in _clients.Values)
            client.Dispose();
        if (_broker is not null)
            await _broker.DisposeAsync();
    }

    [Fact]
    public async Task Every_recorded_request_is_answered_as_the_real_servers_did()
    {
        int compared = 0;
        int same = 0;
        foreach (Exchange exchange in Exchange.ReadAll())
        {
            if (exchange.Request is not { } request)
                continue;
            ReplayClient client = await ClientAsync(exchange);
            await client.SendAsync(Translated(request));
            if (exchange.Response is not { } real)
                continue;
            RocketMqCommand ours = await client.AnswerAsync(request.Opaque, Patience);
            same += Compare(exchange, request, real, ours) ? 1 : 0;
            compared++;
        }

        output.WriteLine($"{compared} answers compared, {same} of them with the recorded code");
        Assert.True(_differences.Count == 0, string.Join(Environment.NewLine, _differences));
        Assert.True(compared > 330, $"only {compared} answers were compared");
        Assert.True(same > 270, $"only {same} answers had the recorded code");
    }

    private async Task<ReplayClient> ClientAsync(Exchange exchange)
    {
        (string, bool) key = (exchange.Client, exchange.IsToNameServer);
        if (!_clients.TryGetValue(key, out ReplayClient? client))
        {
            _clients.Add(key, client = await ReplayClient.ConnectAsync(
                exchange.IsToNameServer ? _broker!.NameServerPort : _broker!.RocketMqPort));
        }
        return client;
    }

    /// <summary>The request with our positions for recorded ones.</summary>
    private RocketMqCommand Translated(RocketMqCommand request)
    {
        string? name = (RocketMqRequestCode)request.Code switch
        {
            RocketMqRequestCode.ViewMessageById or RocketMqRequestCode.ConsumerSendMsgBack => "offset",
            RocketMqRequestCode.EndTransaction => "commitLogOffset",
            _ => null,
        };
        if (name is null || request.Fields is not { } fields
            || !_positions.TryGetValue(fields.Long(name), out long ours))
        {
            return request;
        }
        var translated = new RocketMqFields();
        foreach ((string field, string value) in fields.All)
            translated.Add(field, field == name ? ours.ToString(CultureInfo.InvariantCulture) : value);
        return request with { Fields = translated };
    }

    /// <returns>The code is the recorded one.</returns>
    private bool Compare(Exchange exchange, RocketMqCommand request, RocketMqCommand real, RocketMqCommand ours)
    {
        var code = (RocketMqRequestCode)request.Code;
        Check(exchange, "flag", real.Flag, ours.Flag);
        Check(exchange, "language", real.Language, ours.Language);
        if (Mask.Refused.TryGetValue(code, out var refused))
        {
            Check(exchange, "code of the refusal", (int)refused.Code, ours.Code);
            return false;
        }
        if (ours.Code != real.Code && Mask.Codes.TryGetValue(code, out var codes))
        {
            if (!codes.Codes.Contains((RocketMqResponseCode)ours.Code))
                _differences.Add($"{exchange.Name}: code {ours.Code}, remark {ours.Remark}");
            return false;
        }
        Check(exchange, "code", real.Code, ours.Code);
        Check(exchange, "remark", real.Remark, ours.Remark);
        CompareFields(exchange, real.Fields?.All ?? [], ours.Fields?.All ?? []);
        CompareBodies(exchange, code, real, ours);
        LearnPositions(real, ours);
        return ours.Code == real.Code;
    }

    private void CompareFields(
        Exchange exchange, IReadOnlyList<KeyValuePair<string, string>> real, IReadOnlyList<KeyValuePair<string, string>> ours)
    {
        Check(exchange, "names of fields",
            string.Join(' ', real.Select(field => field.Key).Order()), string.Join(' ', ours.Select(field => field.Key).Order()));
        foreach ((string name, string value) in real)
        {
            if (!Mask.Fields.ContainsKey(name))
                Check(exchange, name, value, ours.FirstOrDefault(field => field.Key == name).Value);
        }
    }

    /// <summary>Bodies that say nothing of the run are the same; of records, what was sent.</summary>
    private void CompareBodies(Exchange exchange, RocketMqRequestCode code, RocketMqCommand real, RocketMqCommand ours)
    {
        switch (code)
        {
            case RocketMqRequestCode.GetRouteInfoByTopic when real.Code == 0:
                Check(exchange, "route", Shown(real), Shown(ours));
                break;
            case RocketMqRequestCode.GetBrokerClusterInfo or RocketMqRequestCode.LockBatchMq:
                Check(exchange, "body", Shown(real), Shown(ours));
                break;
            case RocketMqRequestCode.ViewMessageById when real.Code == 0:
                Check(exchange, "record", Shown(Records(real)[0]), Shown(Records(ours)[0]));
                break;
            default:
                Check(exchange, "presence of a body", real.Body.IsEmpty, ours.Body.IsEmpty);
                break;
        }
    }

    /// <summary>A route, cluster or lock without what depends on the host: addresses.</summary>
    private static string Shown(RocketMqCommand answer)
    {
        var text = new StringBuilder();
        Show(RocketMqJson.Parse(answer.Body.Span), text);
        return text.ToString();
    }

    private static void Show(RocketMqJson json, StringBuilder text)
    {
        if (json.Text is { } value)
            text.Append(value.StartsWith("127.0.0.1:", StringComparison.Ordinal) ? "address" : value);
        foreach (RocketMqJson item in json.Items)
        {
            text.Append('[');
            Show(item, text);
            text.Append(']');
        }
        foreach ((RocketMqJson key, RocketMqJson member) in json.Members.OrderBy(member => member.Key.Text, StringComparer.Ordinal))
        {
            // 4.1.0 misspells it, 4.9.8 does not, we write both.
            if (key.Text == "topicSysFlag" && json["topicSynFlag"] is not null)
                continue;
            text.Append('{').Append(key.Text == "topicSynFlag" ? "topicSysFlag" : key.Text).Append(':');
            Show(member, text);
            text.Append('}');
        }
    }

    private static string Shown(RocketMqMessage message) =>
        $"{message.Topic} {message.QueueId} {message.Flag} {message.SysFlag} {message.BornTimestampMs} "
        + $"{message.ReconsumeTimes} {RocketMqProperties.Parse(message.Properties.Span)} "
        + Convert.ToHexString(System.Buffers.BuffersExtensions.ToArray(message.Body));

    private static List<RocketMqMessage> Records(RocketMqCommand answer)
    {
        var messages = new List<RocketMqMessage>();
        ReadOnlyMemory<byte> left = answer.Body;
        while (RocketMqMessageReader.Read(ref left) is { } message)
            messages.Add(message);
        return messages;
    }

    private void LearnPositions(RocketMqCommand real, RocketMqCommand ours)
    {
        if (real.Fields?.TextOrNull("msgId") is not { } ids || ours.Fields?.TextOrNull("msgId") is not { } others)
            return;
        foreach ((string recorded, string given) in ids.Split(',').Zip(others.Split(',')))
        {
            if (RocketMqMessageId.TryParse(recorded, out RocketMqMessageId theirs)
                && RocketMqMessageId.TryParse(given, out RocketMqMessageId here))
            {
                _positions[theirs.Position] = here.Position;
            }
        }
    }

    private void Check<T>(Exchange exchange, string what, T real, T ours)
    {
        if (!EqualityComparer<T>.Default.Equals(real, ours))
            _differences.Add($"{exchange.Name} ({exchange.Client}): {what} was {real}, is {ours}");
    }
}
