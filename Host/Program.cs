using Cmq.MultiProtocol.Host;

return await Cmqd.RunAsync(args, Console.Out, Console.Error);
