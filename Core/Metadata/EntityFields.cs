using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Encoding of the records that both commands and the state have.</summary>
internal static class EntityFields
{
    private const byte ToQueue = 0;
    private const byte ToTopic = 1;

    public static void Write(FieldWriter output, IReadOnlyList<ServiceAddress> values)
    {
        output.Int32(values.Count);
        foreach (ServiceAddress value in values)
        {
            output.Text(value.Service);
            output.Text(value.Address);
        }
    }

    public static ServiceAddress[] ReadServices(ref FieldReader input)
    {
        var values = new ServiceAddress[input.Count(2 * sizeof(int))];
        for (int i = 0; i < values.Length; i++)
            values[i] = new ServiceAddress(input.Text(), input.Text());
        return values;
    }

    public static void Write(FieldWriter output, QueueSettings value)
    {
        output.OptionalInt64(value.MessageTtlMs);
        output.OptionalInt64(value.IdleExpiryMs);
        output.OptionalInt64(value.MaxMessages);
        output.OptionalInt64(value.MaxBytes);
        output.Byte((byte)value.Overflow);
        output.OptionalText(value.DeadLetter?.Topic);
        if (value.DeadLetter is { } target)
            output.OptionalText(target.RoutingKey);
        output.OptionalInt64(value.MaxDeliveries);
        output.OptionalInt64(value.DeadLetterAfterMs);
        output.OptionalInt64(value.RetentionMs);
        output.Int64(value.RewindMs);
        output.Int32(value.VisibilityTimeoutMs);
        output.Int32(value.PollingWaitMs);
        output.OptionalInt64(value.MaxMessageBytes);
        output.Int32(value.MaxDelayed);
        output.Int32(value.MaxCheckedOut);
        output.Bool(value.PersistentOnly);
    }

    // Initialisers run in the order in which they stand here, which is the order of Write.
    public static QueueSettings ReadSettings(ref FieldReader input) => new()
    {
        MessageTtlMs = input.OptionalInt64(),
        IdleExpiryMs = input.OptionalInt64(),
        MaxMessages = input.OptionalInt64(),
        MaxBytes = input.OptionalInt64(),
        Overflow = input.Enum(Overflow.Refuse),
        DeadLetter = input.OptionalText() is { } topic ? new DeadLetterTarget(topic, input.OptionalText()) : null,
        MaxDeliveries = input.OptionalInt32(),
        DeadLetterAfterMs = input.OptionalInt64(),
        RetentionMs = input.OptionalInt64(),
        RewindMs = input.Int64(),
        VisibilityTimeoutMs = input.Int32(),
        PollingWaitMs = input.Int32(),
        MaxMessageBytes = input.OptionalInt32(),
        MaxDelayed = input.Int32(),
        MaxCheckedOut = input.Int32(),
        PersistentOnly = input.Bool(),
    };

    public static void Write(FieldWriter output, BindingInfo value)
    {
        output.Int64(value.Source.Value);
        output.Byte(value.TargetQueue is null ? ToTopic : ToQueue);
        output.Int64(value.TargetQueue?.Value ?? value.TargetTopic!.Value.Value);
        output.Text(value.Key);
        output.Bool(value.Match is not null);
        if (value.Match is { } match)
            Write(output, match);
        output.Block(value.Arguments.Span);
    }

    public static BindingInfo ReadBinding(ref FieldReader input)
    {
        var source = new TopicId(input.Int64());
        byte kind = input.Byte();
        MalformedException.ThrowIf(kind is not (ToQueue or ToTopic), "a binding leads to no queue and no topic");
        long target = input.Int64();
        return new BindingInfo(
            source,
            kind == ToQueue ? new QueueId(target) : null,
            kind == ToTopic ? new TopicId(target) : null,
            input.Text(),
            input.Bool() ? ReadMatch(ref input) : null,
            input.Block());
    }

    public static void Write(FieldWriter output, ScramVerifier value)
    {
        output.Block(value.Salt);
        output.Int32(value.Iterations);
        output.Block(value.StoredKey);
        output.Block(value.ServerKey);
    }

    public static ScramVerifier ReadVerifier(ref FieldReader input)
    {
        byte[] salt = input.Block();
        int iterations = input.Int32();
        byte[] storedKey = input.Block(), serverKey = input.Block();
        bool isVerifier = salt.Length is > 0 and <= ScramVerifier.MaxSaltBytes
            && iterations is >= ScramVerifier.MinIterations and <= ScramVerifier.MaxIterations
            && storedKey.Length == ScramVerifier.KeyBytes && serverKey.Length == ScramVerifier.KeyBytes;
        MalformedException.ThrowIf(!isVerifier, "a password's verifier is malformed");
        return new ScramVerifier(salt, iterations, storedKey, serverKey);
    }

    public static void Write(FieldWriter output, DirectoryLimits value)
    {
        output.Int32(value.MaxNamespaces);
        output.Int32(value.MaxTopics);
        output.Int32(value.MaxQueues);
        output.Int32(value.MaxBindings);
        output.Int32(value.MaxArgumentBytes);
        output.Int32(value.MaxUsers);
        output.Int32(value.MaxAccessKeys);
        output.Int32(value.MaxPatternChars);
        output.Int32(value.MaxNodes);
        output.Int64(value.MaxOutboxBytes);
    }

    public static DirectoryLimits ReadLimits(ref FieldReader input) => new()
    {
        MaxNamespaces = input.Int32(),
        MaxTopics = input.Int32(),
        MaxQueues = input.Int32(),
        MaxBindings = input.Int32(),
        MaxArgumentBytes = input.Int32(),
        MaxUsers = input.Int32(),
        MaxAccessKeys = input.Int32(),
        MaxPatternChars = input.Int32(),
        MaxNodes = input.Int32(),
        MaxOutboxBytes = input.Int64(),
    };

    public static void Write(FieldWriter output, AccessKeyRecord value)
    {
        output.Text(value.SecretId);
        output.Block(value.SealedSecret.Span);
        output.Text(value.UserName);
        output.Int64(value.Namespace.Value);
        output.Bool(value.Enabled);
    }

    public static AccessKeyRecord ReadAccessKey(ref FieldReader input) =>
        new(input.Text(), input.Block(), input.Text(), new NamespaceId(input.Int64()), input.Bool());

    private static void Write(FieldWriter output, HeaderMatch match)
    {
        output.Bool(match.All);
        output.Int32(match.Conditions.Count);
        foreach ((string name, HeaderValue value) in match.Conditions)
        {
            output.Text(name);
            output.Byte((byte)value.Kind);
            output.Int64(value.Number);
            output.Text(value.Text);
        }
    }

    private static HeaderMatch ReadMatch(ref FieldReader input)
    {
        bool all = input.Bool();
        var conditions = new KeyValuePair<string, HeaderValue>[input.Count(sizeof(int) + 1 + sizeof(long) + sizeof(int))];
        for (int i = 0; i < conditions.Length; i++)
        {
            string name = input.Text();
            var value = new HeaderValue(input.Enum(HeaderValueKind.Other), input.Int64(), input.Text());
            conditions[i] = new(name, value);
        }
        return new HeaderMatch(all, conditions);
    }
}
